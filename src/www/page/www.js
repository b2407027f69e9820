/**
 * The script of the chapters: light or dark, commands that are copied, and the part of the page that one sees. It is small
 * enough to be sent as it stands, so nothing is bundled. It runs before the page is there, for the colours; the rest waits.
 */
const root = document.documentElement;
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** A title that was jumped to stands so far below the upper edge of the window, at most. */
const EDGE_PX = 32;

/** How long a button says that it has copied. */
const SAID_MS = 2000;

/** @returns {'light' | 'dark' | undefined} what was chosen here, where it is not what the system prefers */
function chosenTheme() {
  const { theme } = root.dataset;
  return theme === 'light' || theme === 'dark' ? theme : undefined;
}

function isDark() {
  return (chosenTheme() ?? (systemIsDark.matches ? 'dark' : 'light')) === 'dark';
}

/** @param {boolean} dark */
function chooseTheme(dark) {
  if (dark === systemIsDark.matches) delete root.dataset.theme;
  else root.dataset.theme = dark ? 'dark' : 'light';
  remember(chosenTheme());
  showTheme();
}

function showTheme() {
  document.getElementById('dark')?.setAttribute('aria-pressed', String(isDark()));
}

/** @param {string | undefined} theme */
function remember(theme) {
  try {
    if (theme === undefined) localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // A browser that keeps nothing for us: the choice holds for this page.
  }
}

function recall() {
  try {
    return localStorage.getItem('theme');
  } catch {
    return null;
  }
}

/** @param {HTMLElement} button */
async function copyCommands(button) {
  const code = /** @type {HTMLElement} */ (button.closest('.command')?.querySelector('code'));
  const isCopied = await copyText(code);
  say(isCopied ? 'Copied' : 'Selected: press Ctrl+C', button);
}

/**
 * Copies without a newline at the end: what is pasted into a shell waits for its Enter.
 * @param {HTMLElement} code
 */
async function copyText(code) {
  try {
    // Exists only where browsers trust the connection: https, and localhost.
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    return copySelection(code);
  }
}

/**
 * The old way, which also works over http; the text stays selected if it does not.
 * @param {HTMLElement} code
 */
function copySelection(code) {
  const selection = /** @type {Selection} */ (getSelection());
  selection.selectAllChildren(code);
  // A selection alone is copied as the browser lays it out, and with its colours.
  document.addEventListener('copy', (event) => {
    event.clipboardData?.setData('text/plain', code.textContent);
    event.preventDefault();
  }, { once: true });
  const isCopied = document.execCommand('copy');
  if (isCopied) selection.removeAllRanges();
  return isCopied;
}

/**
 * Tells it to those who see the button and to those who do not.
 * @param {string} text
 * @param {HTMLElement} button
 */
function say(text, button) {
  const status = /** @type {HTMLElement} */ (document.getElementById('status'));
  button.textContent = text;
  status.textContent = text;
  setTimeout(() => {
    button.textContent = 'Copy';
    status.textContent = '';
  }, SAID_MS);
}

/** Marks what one sees now in the contents: all sections of which a part is in the window. */
function markVisible() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll('.contents a')]);
  const tops = links.map((link) => {
    return document.getElementById(decodeURIComponent(link.hash.slice(1)))?.getBoundingClientRect().top ?? 0;
  });
  for (const [at, link] of links.entries()) {
    const end = tops[at + 1] ?? Infinity;
    link.classList.toggle('visible', /** @type {number} */ (tops[at]) < innerHeight && end > EDGE_PX);
  }
}

root.classList.add('scripted');
const recalled = recall();
if (recalled === 'light' || recalled === 'dark') root.dataset.theme = recalled;
systemIsDark.addEventListener('change', showTheme);
document.addEventListener('DOMContentLoaded', () => {
  showTheme();
  markVisible();
});
document.addEventListener('scroll', markVisible, { passive: true });
document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest('button') : null;
  if (button?.id === 'dark') chooseTheme(!isDark());
  else if (button?.classList.contains('copy')) copyCommands(button);
});
