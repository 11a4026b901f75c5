/** A table with columns of equal width, as the formatter of the repository leaves it. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...all.map((cells) => cells[column].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const [first, ...rest] = all;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}

/** A list of plain texts; their asterisks are products, no emphasis. */
export function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line.replaceAll('*', '\\*')}`).join('\n');
}

/** A formula or a value as it is, safe from the rules of markdown. */
export function code(text: string): string {
  return `\`${text}\``;
}
