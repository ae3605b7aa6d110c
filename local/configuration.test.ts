import { resolve } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_STATE_DIRECTORY, parseConfiguration, StartError } from "./configuration.ts";

test("has defaults for whatever is unset or empty", () => {
  const defaults = {
    apiPort: 8787,
    egressPort: 8788,
    databasePort: 8789,
    stateDirectory: DEFAULT_STATE_DIRECTORY,
  };
  expect(parseConfiguration({})).toEqual(defaults);
  expect(parseConfiguration({ EGRET_API_PORT: "", EGRET_STATE_DIR: "" })).toEqual(defaults);
});

test("takes ports and a state folder relative to the working folder", () => {
  const env = {
    EGRET_API_PORT: "1",
    EGRET_EGRESS_PORT: "65535",
    EGRET_DATABASE_PORT: "0",
    EGRET_STATE_DIR: "some/where",
  };
  expect(parseConfiguration(env)).toEqual({
    apiPort: 1,
    egressPort: 65_535,
    databasePort: 0,
    stateDirectory: resolve("some/where"),
  });
});

test.each(["65536", "-1", "8787.5", "0x10", " 1", "1e3", "port", "123456"])(
  "refuses the port %j and names its variable",
  (port) => {
    for (const variable of ["EGRET_API_PORT", "EGRET_EGRESS_PORT", "EGRET_DATABASE_PORT"]) {
      const parse = () => parseConfiguration({ [variable]: port });
      expect(parse).toThrow(StartError);
      expect(parse).toThrow(`${variable} must be a port`);
    }
  },
);

test("refuses one port for two servers, but takes any number of free ones", () => {
  expect(() => parseConfiguration({ EGRET_API_PORT: "8788" })).toThrow("must differ");
  const free = { EGRET_API_PORT: "0", EGRET_EGRESS_PORT: "0", EGRET_DATABASE_PORT: "0" };
  expect(parseConfiguration(free)).toMatchObject({ apiPort: 0, egressPort: 0, databasePort: 0 });
});
