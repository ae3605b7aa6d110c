// The built egress Worker with a count of the signatures that its isolate checks.
import egress from "./egress/index.js";

let checks = 0;
const { verify } = SubtleCrypto.prototype;
SubtleCrypto.prototype.verify = function count(...args) {
  checks += 1;
  return verify.apply(this, args);
};

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/signature-checks") return Response.json(checks);
    return egress.fetch(request, env, context);
  },
};
