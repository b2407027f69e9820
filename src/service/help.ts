/** Tables of settings for people: `--help` on a terminal, Markdown in the README. */
import { defaultText, flagName, type Setting, type Settings, variableName } from './settings.ts';

/** One setting a paragraph: variable, flag, default, meaning, rule. */
export function settingsHelp(settings: Settings): string {
  const rows = Object.entries(settings).map(([key, setting]) => ({
    head: `${variableName(key)}, ${flagName(key)}`,
    default: shownDefault(setting),
    setting,
  }));
  return rows.map(({ head, default: standard, setting }) => {
    return `  ${head}  (default: ${standard})\n      ${setting.meaning}; ${setting.kind.rule}\n`;
  }).join('');
}

/** A Markdown table of settings by key, with the roles that have each, and their defaults where these differ. */
export function settingsTable(tables: Readonly<Record<string, Settings>>): string {
  const everybody = Object.keys(tables);
  const keys = new Set(Object.values(tables).flatMap((settings) => Object.keys(settings)));
  const lines = [...keys].map((key) => {
    const owners = everybody.filter((role) => tables[role]![key] !== undefined);
    const settings = owners.map((role) => tables[role]![key]!);
    const byDefault = Map.groupBy(owners, (role) => shownDefault(tables[role]![key]!));
    const defaults = byDefault.size === 1
      ? shownDefault(settings[0]!)
      : [...byDefault].map(([standard, roles]) => `${roles.join(', ')}: ${standard}`).join('<br>');
    return `| \`${variableName(key)}\` | ${whose(owners, everybody)} | ${defaults} | ${settings[0]!.meaning} |\n`;
  });
  return `| variable | roles | default | meaning |\n|---|---|---|---|\n${lines.join('')}`;
}

function whose(owners: readonly string[], everybody: readonly string[]): string {
  const others = everybody.filter((role) => !owners.includes(role));
  if (others.length === 0) return 'every role';
  return others.length === 1 ? `every role but ${others[0]}` : owners.join(', ');
}

function shownDefault(setting: Setting<unknown>): string {
  const [classroom, full] = [defaultText(setting, 'classroom'), defaultText(setting, 'full')];
  if (classroom === '' && full === '') return 'none';
  return classroom === full ? classroom : `${classroom}, at full pace ${full}`;
}
