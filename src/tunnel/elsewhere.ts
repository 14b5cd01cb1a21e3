type Address = { readonly host: string; readonly port: number }

/** Places that are somewhere else than where a config has them, by the key of the one (`keyOf`) and the address of the other. */
export type Elsewhere = ReadonlyMap<string, Address>

/** What a place is found by: names of hosts are those of DNS, upper and lower case are the same. */
export function keyOf({ host, port }: Address): string {
  return `${host.toLowerCase()} ${port}`
}

/** The place, or the one that stands for it. */
export function whereIs<P extends Address>(place: P, elsewhere: Elsewhere | undefined): P {
  return { ...place, ...elsewhere?.get(keyOf(place)) }
}
