import type { EdgeError } from './errors.js'
import type { Message } from './wire.js'

/** Who is behind an id. */
export type Route = {
  receive(message: Message): void
  /** The channel has ended, and with it all that went over it. */
  end(reason: EdgeError): void
}

/** Who is behind which id of a channel. */
export type Routes = {
  /** An id that nobody has. */
  takeId(): number
  set(id: number, route: Route): void
  get(id: number): Route | undefined
  remove(id: number): void
  count(): number
  /** Tells all of them, and forgets them. */
  end(reason: EdgeError): void
}

/** The routes of a channel that nobody uses yet. */
export function createRoutes(): Routes {
  const routes = new Map<number, Route>()
  let lastId = 0
  return {
    takeId: () => {
      // Ids from 2^31 on are the router's.
      do lastId = lastId >= 0x7fff_fff0 ? 1 : lastId + 1
      while (routes.has(lastId))
      return lastId
    },
    set: (id, route) => void routes.set(id, route),
    get: id => routes.get(id),
    remove: id => void routes.delete(id),
    count: () => routes.size,
    end: reason => {
      for (const route of [...routes.values()]) route.end(reason)
      routes.clear()
    },
  }
}
