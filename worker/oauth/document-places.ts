/**
 * Limits how many documents of strangers are fetched at the same time, because anyone can name any number of hosts that
 * never answer. If all places are taken, the host with the most places loses its oldest one. Pure, except for the
 * counts.
 */

/** Most places of one host, and in total. */
const MOST_OF_HOST = 8;
const MOST_IN_ALL = 64;

/** There is no place now. This says nothing about the document, so it is not cached. */
export class Crowded extends Error {
  override readonly name = "Crowded";
}

export interface Place {
  /** Rejects with `Crowded` if another fetch takes the place. */
  readonly lost: Promise<never>;
  leave(): void;
}

interface Taken {
  readonly host: string;
  readonly site: string;
  lose(): void;
}

/**
 * One for each isolate. @returns a function that takes a place for a fetch from a host; it throws `Crowded` if the host
 * has its maximum
 */
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
    // A fetch that has ended no longer looks at its place.
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

/**
 * The owner of a domain owns all names below it. The last two labels are a sufficient approximation: it decides only
 * who loses a place.
 */
function siteOf(hostname: string): string {
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  return isAddress ? hostname : hostname.split(".").slice(-2).join(".");
}
