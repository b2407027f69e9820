import type { Page } from 'playwright-core';

/** Texts of a page that are seen and do not stand out from what is behind them: a contrast below 4.5 (WCAG 2.2, 1.4.3). */
export async function weakTexts(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const channels = (colour: string): number[] => colour.match(/[\d.]+/g)!.slice(0, 3).map(Number);
    const luminance = (colour: string): number => {
      const [red, green, blue] = channels(colour).map((value) =>
        value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4
      );
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const behind = (element: Element | null): string => {
      if (!element) return 'rgb(255, 255, 255)';
      const colour = getComputedStyle(element).backgroundColor;
      return /, 0\)$/.test(colour) ? behind(element.parentElement) : colour;
    };
    return [...document.querySelectorAll('body *')].flatMap((element) => {
      const own = [...element.childNodes].filter((node) =>
        node.nodeType === Node.TEXT_NODE && node.textContent!.trim()
      );
      if (own.length === 0 || !element.checkVisibility()) return [];
      const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return contrast < 4.5 ? [`${element.tagName} ${element.className}: ${contrast.toFixed(1)}`] : [];
    });
  });
}
