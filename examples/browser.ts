/** A person's browser for tests and stories, without a screen: cookies by host, redirects, and the forms of pages. */

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Browser {
  /** Goes to an address and follows redirects, until there is a page or an address that is not watched. */
  go(url: string, init?: RequestInit): Promise<Page>;
  /** Sends the page's form. @param change what the person fills in; undefined leaves a field out */
  send(
    page: Page,
    action: string,
    change: Readonly<Record<string, string | string[]>>,
    headers?: HeadersInit,
  ): Promise<Page>;
  /** Forgets every cookie whose name holds this. */
  forget(name: string): void;
  readonly cookies: Map<string, Map<string, string>>;
}

/** @param stopsAt whether an address is one of a client's, where the browser need not go */
export function openBrowser(stopsAt: (url: URL) => boolean): Browser {
  const cookies = new Map<string, Map<string, string>>();

  function keep(url: URL, headers: Headers): void {
    const jar = cookies.get(url.host) ?? new Map<string, string>();
    cookies.set(url.host, jar);
    for (const line of headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const at = pair.indexOf("=");
      const gone = attributes.some((each) => /^max-age=0$/i.test(each) || /^expires=Thu, 01 Jan 1970/i.test(each));
      if (gone) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  const browser: Browser = {
    cookies,
    async go(address, init = {}) {
      let url = new URL(address);
      let request = init;
      for (let step = 0; step < 20; step++) {
        if (stopsAt(url)) return { url, status: 0, headers: new Headers(), text: "" };
        const jar = [...(cookies.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
        const headers = new Headers(request.headers);
        if (jar !== "") headers.set("cookie", jar);
        const answer = await fetch(url, { ...request, headers, redirect: "manual" });
        keep(url, answer.headers);
        const location = answer.headers.get("location");
        if (location === null)
          return { url, status: answer.status, headers: answer.headers, text: await answer.text() };
        url = new URL(location, url);
        request = {};
      }
      throw new Error("redirects without end");
    },
    async send(page, action, change, headers = {}) {
      const fields = new URLSearchParams();
      for (const [, name = "", value = ""] of page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g))
        if (!(name in change)) fields.append(name, plainText(value));
      for (const [name, value] of Object.entries(change)) for (const each of [value].flat()) fields.append(name, each);
      const to = new URL(action, page.url);
      return browser.go(to.href, {
        method: "POST",
        body: fields.toString(),
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          origin: page.url.origin,
          ...(headers as Record<string, string>),
        },
      });
    },
    forget(name) {
      for (const jar of cookies.values()) for (const each of [...jar.keys()]) if (each.includes(name)) jar.delete(each);
    },
  };
  return browser;
}

function plainText(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
