import { listFew } from '../model/few.js'
import type { AccessChange, Forecast } from '../model/forecast.js'

// With hundreds of changes nobody reads them all; the counts say how many there are.
const shown = 12
const services = { few: 6 }

/** Who gains and who loses access, for a person: what is lost first, and a bounded number of lines. */
export function formatForecast(forecast: Forecast | undefined): string[] {
  if (forecast === undefined || forecast.changes.length === 0) return []
  const { changes, gained, lost, routersKnown } = forecast
  const more = changes.length - shown
  return [
    `Access, once this is applied: ${gained} gained, ${lost} lost`,
    ...changes.slice(0, shown).map(change => `  ${formatChange(change)}`),
    ...(more > 0 ? [`  and ${more} more of these; --json has them all`] : []),
    ...(routersKnown ? [] : ['  by the service policies alone: the edge routers could not be listed']),
  ]
}

function formatChange({ change, permission, identities, services: names, by, reachable }: AccessChange): string {
  const who = listFew(identities)
  const isOne = identities.length === 1
  const what = `${permission} to ${listFew(names, services)}`
  if (by === 'routers') {
    return change === 'gains'
      ? `${who} ${isOne ? 'gains' : 'gain'} an edge router for ${what}`
      : `${who} ${isOne ? 'loses' : 'lose'} the last edge router for ${what}`
  }
  const verb = change === 'gains' ? (isOne ? 'gains' : 'gain') : isOne ? 'loses' : 'lose'
  const tail = reachable ? '' : change === 'gains' ? ', but no edge router joins them' : ', which no edge router joined'
  return `${who} ${verb} ${what}${tail}`
}
