// The least that a Worker does which changes a header of the request and may have to change the answer:
// no token, no secret, no policy, nothing searched. Only the calls into the runtime.
const ROOM_BYTES = 64 * 1024;

export default {
  async fetch(request) {
    const url = new URL(request.url);
    const [, , scheme, authority, ...path] = url.pathname.split("/");
    const headers = new Headers(request.headers);
    headers.delete("Proxy-Authorization");
    headers.set("Authorization", "Bearer of-something-else");
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 60_000);
    const answer = await fetch(`${scheme}://${authority}/${path.join("/")}${url.search}`, {
      method: request.method,
      headers,
      body: request.body,
      redirect: "manual",
      signal: controller.signal,
      cache: "no-store",
    });
    const answerHeaders = new Headers(answer.headers);
    answerHeaders.delete("Content-Length");
    answerHeaders.set("Egret-Outcome", '"KEY";outcome=substituted;places="header"');
    const reader = answer.body.getReader({ mode: "byob" });
    const { value } = await reader.read(new Uint8Array(ROOM_BYTES), { min: ROOM_BYTES });
    clearTimeout(timer);
    console.log(JSON.stringify({ event: "secret-used", host: authority, status: answer.status }));
    return new Response(value, { status: answer.status, headers: answerHeaders });
  },
};
