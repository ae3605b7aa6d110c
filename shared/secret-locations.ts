/**
 * Where a secret may be put into a request. Absent (null) means everywhere. In `headers` and
 * `query`, `true` means every name and a list means only those: header names in lower case, query
 * names as they are after decoding. A place that is left out is not allowed.
 */
export type SecretLocations = {
  headers?: true | string[] | undefined;
  query?: true | string[] | undefined;
  path?: boolean | undefined;
  body?: boolean | undefined;
};
