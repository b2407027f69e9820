/** Rows as text, columns aligned: numbers to the right, the last column as long as it is. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const isNumber = head.map((_, at) =>
    rows.length > 0 && rows.every((row) => /^[\d.,-]*( ?[%a-zA-Z/]{1,5})?$/.test(row[at]!) && /^[\d-]/.test(row[at]!))
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => isNumber[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)).join('  ').trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}
