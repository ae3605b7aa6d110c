/** Text that is HTML already. */
export type Html = { readonly html: string };

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Builds HTML from a template: what is put in is escaped, unless it is HTML itself. */
export function html(
  strings: TemplateStringsArray,
  ...values: (string | Html | readonly Html[])[]
): Html {
  const parts = strings.map((text, index) => text + toHtml(values[index] ?? ""));
  return { html: parts.join("") };
}

/** Renders a sentence with `code` in it. */
export function renderSentence(text: string): Html[] {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function toHtml(value: string | Html | readonly Html[]): string {
  if (typeof value === "string") return value.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
  if ("html" in value) return value.html;
  return value.map((each) => each.html).join("");
}
