/** How many names a message shows. */
const mostNames = 5;

/** `a, b, c and 7 more` */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}
