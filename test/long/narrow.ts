/** Whether a page can be read on a narrow screen, as the browser has laid it out. */
import type { Page } from "playwright-core";

/** Runs in the page. @returns what is cut off, invisible, or needs scrolling to the side; empty if nothing */
export function unreadable(): string[] {
  const { documentElement } = document;
  const wide = documentElement.scrollWidth > window.innerWidth ? [`the page: ${documentElement.scrollWidth} px`] : [];
  const cells = [...document.querySelectorAll("td:not(:empty), th[scope=row], summary, label, dd")].filter((cell) => {
    const { left, right, width, height } = cell.getBoundingClientRect();
    const isCut = [cell, ...cell.querySelectorAll("*")].some((each) => each.getBoundingClientRect().right > right + 1);
    return left < 0 || right > window.innerWidth || width === 0 || height === 0 || isCut;
  });
  return [...wide, ...cells.map((cell) => cell.outerHTML.slice(0, 200))];
}

/** Every role that assistive technology is told. */
export async function rolesOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return [...new Set(nodes.filter(({ ignored }) => !ignored).map(({ role }) => String(role?.value)))];
}
