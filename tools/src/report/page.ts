/** A piece of a report page, already HTML. */
export type Html = string & { readonly html: unique symbol };

/** Escapes text for HTML. */
export function text(value: string | number): Html {
  const escaped = String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  return escaped as Html;
}

/** Marks a string as HTML, e.g. an SVG made by a chart. */
export function raw(value: string): Html {
  return value as Html;
}

export function paragraph(...parts: readonly Html[]): Html {
  return `<p>${parts.join(' ')}</p>` as Html;
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): Html {
  const cells = (tag: string, row: readonly (string | number)[]) =>
    row.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n');
  return `<table><thead><tr>${cells('th', head)}</tr></thead><tbody>\n${body}\n</tbody></table>` as Html;
}

/** A row of charts or pictures that wraps on narrow screens. */
export function gallery(items: readonly Html[]): Html {
  return `<div class="gallery">${items.map((item) => `<div>${item}</div>`).join('\n')}</div>` as Html;
}

/** A picture inside the page, so that the report stays one file. */
export function picture(png: Uint8Array, caption: string, type = 'image/png'): Html {
  const data = Buffer.from(png).toString('base64');
  return `<figure><img alt="${text(caption)}" src="data:${type};base64,${data}"><figcaption>${text(caption)}</figcaption></figure>` as Html;
}

export interface Section {
  readonly title: string;
  readonly body: readonly Html[];
}

/** A self-contained page: no script, no style sheet, no picture from elsewhere. */
export function page(title: string, lead: Html, sections: readonly Section[]): string {
  const parts = sections.map(
    (section) => `<section><h2>${text(section.title)}</h2>\n${section.body.join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>${style}</style>
<h1>${text(title)}</h1>
${lead}
${parts.join('\n')}
</html>
`;
}

const style = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1180px; padding: 24px; color: #1a1a1a; background: #fff; }
h1 { font-size: 26px; margin: 0 0 8px; } h2 { font-size: 19px; margin: 32px 0 8px; border-bottom: 1px solid #ddd; padding-bottom: 4px; }
table { border-collapse: collapse; margin: 12px 0; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px; text-align: right; border-bottom: 1px solid #e5e5e5; } th:first-child, td:first-child { text-align: left; }
thead th { background: #f4f6f8; font-weight: 600; } td { white-space: nowrap; }
.gallery { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; }
figure { margin: 0; width: 272px; } figcaption { font-size: 13px; color: #555; } img { width: 100%; border: 1px solid #ddd; }
figure.chart { width: auto; flex: none; max-width: 100%; display: table; } figure.chart svg { max-width: 100%; height: auto; }
figure.chart figcaption { display: table-caption; caption-side: bottom; padding: 0 8px; }
dl.files { display: grid; grid-template-columns: max-content auto; gap: 2px 16px; } dl.files dd { margin: 0; } dl.files dt { color: #555; }
h3 { font-size: 16px; margin: 20px 0 4px; } ul.notes { color: #444; padding-left: 20px; }
pre { background: #f4f6f8; padding: 10px 14px; font-size: 13px; overflow-x: auto; }
.lead { font-size: 17px; } code { background: #f4f6f8; padding: 1px 4px; border-radius: 3px; }
`;
