/** The page that a person wanted before signing in, such as an approval whose link was in a notice. */

const HOME = "/console";
const SIGN_IN = "/console/sign-in";

/** The sign-in page, which leads to the page that was requested. @param path of the request */
export function signInFor(method: string, path: string): string {
  return method === "GET" && placeOf(path) !== HOME ? `${SIGN_IN}?to=${encodeURIComponent(path)}` : SIGN_IN;
}

/**
 * Where to go after the sign-in. Anybody can write the parameter into a link, so it counts only if it is the path of a
 * page of the console, without `..`, a query or another host.
 */
export function placeOf(to: unknown): string {
  return typeof to === "string" && /^\/console(\/[A-Za-z0-9_~:-]+)+$/.test(to) && !to.startsWith(SIGN_IN) ? to : HOME;
}
