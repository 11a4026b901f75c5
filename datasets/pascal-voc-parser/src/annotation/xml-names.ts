// XML 1.0 (fifth edition), productions 4, 4a and 2.
const nameStart =
  ':A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}' +
  '\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
const name = new RegExp(`^[${nameStart}][${nameStart}.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}-]*$`, 'u');
const text = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/** Whether an element or attribute may have this name. */
export function isXmlName(value: string): boolean {
  return name.test(value);
}

/** Whether an XML file can hold this text: no control characters, no halves of surrogate pairs. */
export function isXmlText(value: string): boolean {
  return text.test(value);
}
