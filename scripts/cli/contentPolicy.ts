/**
 * What a browser lets the page do: run the page's own code and nothing else, and compute. The page is told the same by its first element,
 * but where it comes from a file.
 */
export function contentPolicy(): string {
  return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' http: https:; base-uri 'none'; form-action 'none'";
}

/** The same for a page that is one file: its own script and style by their hashes, its worker by what it holds, and no network at all. */
export function onePagePolicy(script: string, style: string): string {
  return `default-src 'none'; script-src '${script}' 'wasm-unsafe-eval'; worker-src blob:; style-src '${style}'; img-src data: blob:; base-uri 'none'; form-action 'none'`;
}
