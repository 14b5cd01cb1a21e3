import { showControls } from '../model/shown.js'
import { readClaims } from './jwt.js'

/**
 * What is wrong with an external token that a controller refused, as far as its claims and the challenge of the answer
 * tell. Controllers before 2.x say nothing but no; nothing but claims is shown of the token.
 */
export function describeJwtRefusal(token: string, challenge: unknown, now: number): { what: string; hint: string } {
  const claims = readClaims(token)
  if (claims === undefined || !/^[\w.-]+$/.test(token)) {
    return {
      what: 'it is no JWT',
      hint: 'three parts with dots between them are expected, without anything around them',
    }
  }
  const { exp, nbf } = claims
  const told = readChallenge(challenge)
  if ((typeof exp === 'number' && exp * 1000 <= now) || told.error === 'expired') {
    const when = momentOf(exp)
    return {
      what: `it expired${when === undefined ? '' : ` at ${when}`}`,
      hint: 'get a new one from its issuer; if it should be valid, check the clocks',
    }
  }
  if (typeof nbf === 'number' && nbf * 1000 > now) {
    const when = momentOf(nbf)
    return {
      what: when === undefined ? 'it is not valid yet' : `it is not valid before ${when}`,
      hint:
        when === undefined
          ? 'its "nbf" is no time in seconds; see to its issuer'
          : 'check the clocks of this machine and of its issuer',
    }
  }
  const issuer = show(claims.iss)
  if (told.issuers !== undefined && !told.issuers.includes(issuer)) {
    return {
      what: `the controller has no enabled signer for its issuer, ${issuer}`,
      hint: `it takes tokens of: ${told.issuers.join(', ')}; an external JWT signer's issuer is compared letter by letter`,
    }
  }
  const audience = Array.isArray(claims.aud) ? claims.aud.map(show).join(', ') : show(claims.aud)
  const about = `issuer ${issuer}, audience ${audience}, subject ${show(claims.sub)}`
  if (told.error === 'invalid') {
    return { what: `its signature or its audience is wrong (${about})`, hint: hints.signer }
  }
  return { what: about, hint: `${hints.signer}; ${hints.identity}` }
}

// Seconds since the epoch; undefined for what is no time, such as nanoseconds.
function momentOf(claim: unknown): string | undefined {
  const moment = new Date(typeof claim === 'number' ? claim * 1000 : Number.NaN)
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString()
}

const hints = {
  signer:
    'an enabled external JWT signer of the controller must have this issuer, this audience and the key that signed it (ziti edge list ext-jwt-signers)',
  identity:
    "an identity must have the signer's claim (sub, unless it says otherwise) as its externalId, and an auth policy that allows ext-jwt",
}

// Bearer realm="…" error="expired" … issuer="a|b"; several challenges may stand in one header.
function readChallenge(challenge: unknown): { readonly error?: string; readonly issuers?: readonly string[] } {
  const text = Array.isArray(challenge) ? challenge.join(', ') : challenge
  if (typeof text !== 'string') return {}
  const own = text.split(/,\s*(?=[A-Za-z-]+ realm=)/).find(part => part.includes('ext-jwt'))
  const error = /\berror="([^"]*)"/.exec(own ?? '')?.[1]
  const issuers = /\bissuer="([^"]*)"/.exec(own ?? '')?.[1]?.split('|')
  return { ...(error !== undefined && { error }), ...(issuers !== undefined && { issuers }) }
}

function show(claim: unknown): string {
  return typeof claim === 'string' ? showControls(claim) : 'none'
}
