// @ts-check
// For `node --import …/register.js app.js`: the global fetch goes through the egress.
import process from "node:process";
import { createEgressFetch } from "./egress-fetch.js";

const egressUrl = process.env["EGRET_EGRESS_URL"];
const token = process.env["EGRET_EGRESS_TOKEN"];
if (!egressUrl || !token) {
  // Going on would send requests past the egress, with placeholders that work nowhere.
  throw new Error(
    "Set EGRET_EGRESS_URL and EGRET_EGRESS_TOKEN: they say where the egress is and who calls.",
  );
}
globalThis.fetch = createEgressFetch({ egressUrl, token });
