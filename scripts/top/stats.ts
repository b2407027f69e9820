/** What `docker stats --no-stream --no-trunc --format '{{json .}}'` says, a line a container. */

export interface Usage {
  /** The container's full id. */
  readonly id: string;
  /** 100 is one core. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

/**
 * Containers of which docker could not tell, such as one that ended in that moment, are left out.
 *
 * @throws SyntaxError naming a line that is none of docker's
 */
export function parseStats(text: string): Usage[] {
  return text.split('\n').filter((line) => line.trim() !== '').flatMap((line) => {
    const { ID, CPUPerc, MemUsage } = parseLine(line);
    if (CPUPerc.startsWith('--')) return [];
    return [{ id: ID, cpuPercent: parseFloat(CPUPerc), memoryBytes: parseBytes(MemUsage.split(' / ')[0]!) }];
  });
}

function parseLine(line: string): Record<'ID' | 'CPUPerc' | 'MemUsage', string> {
  try {
    const fields = JSON.parse(line) as Record<string, unknown>;
    const names = ['ID', 'CPUPerc', 'MemUsage'];
    if (names.every((name) => typeof fields[name] === 'string')) return fields as ReturnType<typeof parseLine>;
  } catch {
    // Said below, with the line.
  }
  throw new SyntaxError(`Cannot read what docker stats says: a line is JSON with ID, CPUPerc, MemUsage; got ${line}`);
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `3.34MiB` in bytes. @throws SyntaxError for anything else */
export function parseBytes(text: string): number {
  const [, number, unit] = /^([\d.]+)([KMGT]i)?B$/.exec(text) ?? [];
  if (number === undefined) throw new SyntaxError(`A size is a number with ${UNITS.join(', ')}; got ${text}`);
  return Math.round(Number(number) * 1024 ** UNITS.indexOf(`${unit ?? ''}B`));
}
