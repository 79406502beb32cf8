/**
 * How many documents of strangers are fetched at the same time. Anyone can name any number of hosts that never answer. If all
 * places are taken, the host that has most of them loses the one that has waited longest. Pure, except for the counts.
 */

/** So many of one host, and of all, and no more. */
const MOST_OF_HOST = 8;
const MOST_IN_ALL = 64;

/** There is no place now. It says nothing of the document, so nobody remembers it. */
export class Crowded extends Error {
  override readonly name = "Crowded";
}

export interface Place {
  /** Rejects with `Crowded` where another takes the place. */
  readonly lost: Promise<never>;
  leave(): void;
}

interface Taken {
  readonly host: string;
  readonly site: string;
  lose(): void;
}

/** One an isolate. @returns what takes a place for a fetch from a host; it throws `Crowded` where the host has as many as it may */
export function createPlaces(): (url: URL) => Place {
  // Oldest first: a Set iterates in the order of insertion.
  const taken = new Set<Taken>();
  const countOf = (isMeant: (each: Taken) => boolean): number => [...taken].filter(isMeant).length;

  function makeRoom(): void {
    const sites = Map.groupBy(taken, ({ site }) => site);
    const most = Math.max(...[...sites.values()].map(({ length }) => length));
    const oldest = [...taken].find(({ site }) => sites.get(site)?.length === most);
    oldest?.lose();
  }

  return ({ host, hostname }) => {
    const ofHost = countOf((each) => each.host === host);
    if (ofHost >= MOST_OF_HOST) throw new Crowded(`${host} has ${ofHost} documents to send already`);
    if (taken.size >= MOST_IN_ALL) makeRoom();
    const { promise: lost, reject } = Promise.withResolvers<never>();
    // Whoever has left does not look any more.
    lost.catch(() => undefined);
    const place: Taken = {
      host,
      site: siteOf(hostname),
      lose: () => {
        taken.delete(place);
        reject(new Crowded(`${host} has not answered yet, and others wait`));
      },
    };
    taken.add(place);
    return { lost, leave: () => void taken.delete(place) };
  };
}

/** Whoever has a domain has all names below it. The last two labels are near enough: only who gives way depends on it. */
function siteOf(hostname: string): string {
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  return isAddress ? hostname : hostname.split(".").slice(-2).join(".");
}
