/** room.yml: what it may say, and how it is told that it may not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULTS, parseSettings, settingsTemplate } from '../../../scripts/lib/room/settings.ts';

test('what a room.yml does not say has its default', () => {
  assert.deepEqual(parseSettings('', 'room.yml'), DEFAULTS);
  assert.deepEqual(parseSettings('clusterSize: 3\nlogin:\nwifi: { name: a, password: b }\n', 'room.yml'), {
    ...DEFAULTS,
    ...{ clusterSize: 3, wifi: { name: 'a', password: 'b' } },
  });
});

test('the file for an instructor to fill in has the defaults, and with its comments taken away stays right', () => {
  const text = settingsTemplate({ clusterSize: 4, login: 'ubuntu' });
  assert.deepEqual(parseSettings(text, 'room.yml'), { ...DEFAULTS, clusterSize: 4, login: 'ubuntu' });
  const full = parseSettings(text.replaceAll(/^#(\w)/gm, '$1'), 'room.yml');
  assert.equal(full.timezone, 'Europe/Paris');
  assert.equal(full.date, '2026-11-25');
  assert.deepEqual(Object.keys(full).toSorted(), Object.keys(DEFAULTS).toSorted());
});

const wrong: Readonly<Record<string, string>> = {
  'clustersize: 5': 'there is no field clustersize; there are event, date, timezone, language, locale, paper, wifi, ' +
    'clusterSize, login, registry, webToken, dnsName, dns, ttl',
  'clusterSize: 0': 'clusterSize must be a whole number from 1 to 100; got 0',
  'clusterSize: "5"': 'clusterSize must be a whole number from 1 to 100; got "5"',
  'timezone: Mars/Olympus': 'timezone must be a time zone such as Europe/Paris; got "Mars/Olympus"',
  'timezone: "$(reboot)"': 'timezone must be a time zone such as Europe/Paris; got "$(reboot)"',
  'locale: "C; reboot"': 'locale must be a locale such as C.UTF-8 or fr_FR.UTF-8; got "C; reboot"',
  'login: "-oProxyCommand=x"': 'login must be a user name such as ubuntu, or nothing; got "-oProxyCommand=x"',
  'dnsName: -x.example.org': 'dnsName must be a name such as room.example.org, or nothing; got "-x.example.org"',
  'dnsName: room': 'dnsName must be a name such as room.example.org, or nothing; got "room"',
  'wifi: open': 'wifi must be name and password of the network, or nothing; got "open"',
  'webToken: "a&b=c"': 'webToken must be 4 to 64 letters and digits, or nothing; got "a&b=c"',
  'dns: { provider: nsupdate, zone: example.org }':
    'dns must be provider (cli53 or nsupdate) and zone, with nsupdate server too, and keyFile where it asks for a key, ' +
    'or nothing; got {"provider":"nsupdate","zone":"example.org"}',
  'wifi: { name: a, password: secret, hidden: yes }':
    'wifi must be name and password of the network, or nothing; got {"name":"a","password":"…","hidden":"yes"}',
  'event: "two\\nlines"': 'event must be text in one line, at most 100 characters; got "two\\nlines"',
  '- a list': 'it holds fields, such as `clusterSize: 5`',
};

for (const [text, rule] of Object.entries(wrong)) {
  test(`${text} is refused by name`, () => {
    assert.throws(() => parseSettings(text, 'room.yml'), {
      name: 'SyntaxError',
      message: `Cannot read room.yml: ${rule}`,
    });
  });
}

test('what is no YAML is refused', () => {
  assert.throws(() => parseSettings('a: [', 'room.yml'), /^SyntaxError: Cannot read room\.yml: /);
});
