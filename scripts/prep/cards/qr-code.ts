import encodeQR from 'qr';

/** The margin that readers need, in modules (ISO/IEC 18004 §9.1). */
const QUIET_ZONE = 4;

/** A text as a QR code: SVG, black on nothing, a path whose pieces do not touch along a line, so that none shows between. */
export function qrCode(text: string): string {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  const path = rows.flatMap((row, y) =>
    [...row.map((dark) => dark ? '1' : '0').join('').matchAll(/1+/g)].map(
      ({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`,
    )
  ).join('');
  return `<svg viewBox="0 0 ${rows.length} ${rows.length}" shape-rendering="crispEdges" aria-hidden="true">` +
    `<path d="${path}"/></svg>`;
}

/** How phones are told of a network; a text without a standard, which Android and iOS read the same way. */
export function wifiText({ name, password }: { readonly name: string; readonly password: string }): string {
  const escaped = (text: string): string => text.replaceAll(/[\\;,":]/g, '\\$&');
  return password === ''
    ? `WIFI:T:nopass;S:${escaped(name)};;`
    : `WIFI:T:WPA;S:${escaped(name)};P:${escaped(password)};;`;
}
