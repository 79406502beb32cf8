/** Places for connections: as many as there are files for, and for one address not all of them. */
import type { Socket } from "node:net";
import { addressOf } from "./caller.ts";
import type { FrontLimits } from "./limits.ts";

export interface Places {
  /** Gives the connection a place until it is closed. @returns false if there is none for it: it is closed at once */
  take(socket: Socket): boolean;
}

export function createPlaces({ connections, perAddress }: FrontLimits): Places {
  const held = new Map<string, number>();
  let all = 0;
  return {
    take(socket) {
      const network = networkOf(addressOf(socket));
      const here = held.get(network) ?? 0;
      if (all >= connections || here >= perAddress) {
        socket.destroy();
        return false;
      }
      all += 1;
      held.set(network, here + 1);
      socket.once("close", () => {
        all -= 1;
        const left = (held.get(network) ?? 1) - 1;
        if (left === 0) held.delete(network);
        else held.set(network, left);
      });
      return true;
    },
  };
}

/** Who is given IPv6 is given a network of 64 bits at least, and may use every address of it (RFC 4291, section 2.5.1). */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [before = [], after = []] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
