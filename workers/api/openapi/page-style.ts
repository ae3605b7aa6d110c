/** The style of the documentation's page, in light and dark. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2430, #dde3ea);
  --muted: light-dark(#5b6675, #97a3b2);
  --ground: light-dark(#ffffff, #12161c);
  --panel: light-dark(#f5f7fa, #1a2029);
  --line: light-dark(#dde3ea, #2b3440);
  --link: light-dark(#0b5cad, #7db8f5);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  color: var(--text);
  background: var(--ground);
  font: 15px/1.55 system-ui, sans-serif;
}
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
code, .path { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.layout { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
nav {
  position: sticky;
  top: 0;
  height: 100vh;
  overflow-y: auto;
  padding: 1.5rem 1rem;
  background: var(--panel);
  border-right: 1px solid var(--line);
}
nav h2 { margin: 1.2rem 0 .3rem; font-size: 12px; color: var(--muted); }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li { margin: .15rem 0; font-size: 14px; }
nav li a { color: var(--text); }
main { max-width: 62rem; padding: 2rem 2.5rem 6rem; }
h1 { margin: 0 0 .5rem; font-size: 28px; }
h1 small { font-size: 14px; font-weight: normal; color: var(--muted); }
main h2 { margin: 3rem 0 .2rem; font-size: 21px; }
h3 { margin: 0; font-size: 16px; }
h4 { margin: 1.1rem 0 .3rem; font-size: 13px; color: var(--muted); }
p { margin: .4rem 0; }
.muted { color: var(--muted); }
article {
  margin: 1rem 0;
  padding: 1rem 1.2rem;
  border: 1px solid var(--line);
  border-radius: 8px;
  scroll-margin-top: 1rem;
}
article:target { border-color: var(--link); }
.path { display: block; margin: .35rem 0; overflow-wrap: anywhere; }
.method {
  display: inline-block;
  min-width: 4.2rem;
  margin-right: .5rem;
  padding: 0 .4rem;
  border-radius: 4px;
  font-weight: 600;
  text-align: center;
  color: #ffffff;
  background: #5b6675;
}
.get { background: #1f6fb2; }
.post { background: #26734d; }
.put, .patch { background: #8a5a00; }
.delete { background: #b03030; }
table { width: 100%; border-collapse: collapse; }
td { padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { width: 14rem; overflow-wrap: anywhere; }
td p { margin: 0; }
pre { margin: .5rem 0 0; padding: .7rem .9rem; overflow-x: auto; background: var(--panel); }
pre, pre code { border-radius: 6px; }
.required { font-size: 12px; color: light-dark(#b03030, #f09a9a); }
details summary { cursor: pointer; color: var(--muted); font-size: 13px; }
@media (max-width: 50rem) {
  .layout { display: block; }
  nav { position: static; height: auto; border: 0; }
  main { padding: 1.2rem; }
  td:first-child { width: 9rem; }
}
`;
