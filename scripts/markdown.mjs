// Tables of docs/performance.md.

/** A markdown table. */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** `78 %` */
export function share(value) {
  return `${(100 * value).toFixed(0)} %`;
}

/** Three digits of milliseconds. */
export function digits(ms) {
  return ms >= 100 ? ms.toFixed(1) : String(Number(ms.toPrecision(3)));
}

/** Whether a target was met; nothing where there is none. */
export function met(ok) {
  return ok === null ? '' : ok ? 'yes' : '**no**';
}

/** When, where and with what something was measured. */
export function source({ date, commit, machine }) {
  return `Measured ${date.slice(0, 10)} at commit ${commit.slice(0, 9)} on ${machine}.`;
}
