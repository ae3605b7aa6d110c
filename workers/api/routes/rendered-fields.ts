import { z } from "zod";

/** A time as answers hold it. */
export const renderedTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ format: "date-time", examples: ["2026-01-02T03:04:05.678Z"] });
