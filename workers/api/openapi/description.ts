import type { DescribedRoute } from "../routes/route.ts";
import { createDocument, type OpenApiDocument } from "./document.ts";
import { type DocumentPage, renderPage } from "./page.ts";

/** The API's own description: for programs, and for people. */
export type ApiDescription = { document: OpenApiDocument; page: DocumentPage };

/** Gives a function that describes the routes: when it is first asked, and then no more. */
export function createApiDescriber(
  routes: DescribedRoute[],
  basePath: string,
): () => ApiDescription {
  let description: ApiDescription | null = null;
  return () => {
    if (description !== null) return description;
    const document = createDocument(routes, basePath);
    description = { document, page: renderPage(document) };
    return description;
  };
}
