import { targetNames, workloadNames } from '../expand/names.js'
import { faultText, type TextRule, textRule } from './text-rule.js'

/** How long a DNS name can be; intercept addresses are DNS names. */
export const maxHostLength = 253

const targetPattern = /^[A-Za-z0-9]{1,63}(\.[A-Za-z0-9]{1,63})*$/

const targetReason =
  'it becomes part of scrape targets, which prometheuz splits at "-" and cuts at ":", and of DNS names, so it takes ' +
  'letters and digits, in groups of at most 63 joined by single dots'

const freeCluster: TextRule = textRule({
  what: 'a cluster name',
  pattern: targetPattern,
  maxLength: maxHostLength - workloadNames('', 'reflect').scrapeHost.length,
  because: targetReason,
  character: /[A-Za-z0-9.]/,
  correct: withoutStrangers,
})

/**
 * A cluster's name. It must leave room for the longest host name that is made of it, with the workload that a cluster has
 * unless told otherwise; and `local` is kept for the Prometheus of one's own machine, whose entities are named local.prometheus.*.
 */
export const clusterName: TextRule = {
  ...freeCluster,
  judge: value => {
    if (value.toLowerCase() !== 'local') return freeCluster.judge(value)
    const message = `a cluster cannot be named "${value}", because that name is kept for the Prometheus of one's own machine`
    return { message, suggestion: 'Choose another name.' }
  },
}

// Their identities would be those of the cluster's Prometheus and ziti-host; files on some systems know no upper case.
const takenWorkloads = ['prometheus', 'ziti']

const freeWorkload: TextRule = textRule({
  what: 'a workload name',
  pattern: targetPattern,
  maxLength: maxHostLength - workloadNames('x', '').scrapeHost.length,
  because: targetReason,
  character: /[A-Za-z0-9.]/,
  correct: withoutStrangers,
})

/** A workload's name: like a cluster's, but not one that zprom uses itself. */
export const workloadName: TextRule = {
  ...freeWorkload,
  judge: value => {
    const taken = takenWorkloads.find(name => name === value.toLowerCase())
    if (taken === undefined) return freeWorkload.judge(value)
    const message = `a workload cannot be named "${value}", because every cluster has an identity <cluster>.${taken}.id already`
    return { message, suggestion: 'Choose another name.' }
  },
}

/** A developer's name, which is the name of the identity and of its file. */
export const developerName: TextRule = textRule({
  what: 'a developer name',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/,
  maxLength: 128,
  because: 'it becomes a file name, so it takes letters, digits and . _ @ + - and begins with a letter or digit',
  character: /[A-Za-z0-9._@+-]/,
  correct: value =>
    ascii(value)
      .replace(/[^A-Za-z0-9._@+-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+|-+$/g, ''),
})

const freeTarget: TextRule = textRule({
  what: 'a target name',
  pattern: targetPattern,
  maxLength: maxHostLength - targetNames('').host.length,
  because: targetReason,
  character: /[A-Za-z0-9.]/,
  correct: withoutStrangers,
})

/** The name of a target: like a cluster's. */
export const targetName: TextRule = {
  ...freeTarget,
  judge: value => {
    if (value.toLowerCase() !== 'local') return freeTarget.judge(value)
    const message = `a target cannot be named "${value}", because that name is kept for the Prometheus of one's own machine`
    return { message, suggestion: 'Choose another name.' }
  },
}

/** What a scrape names; whether there is such a thing is checked against the whole spec. */
export const scrapedName: TextRule = textRule({
  what: 'a thing to scrape',
  pattern: targetPattern,
  maxLength: maxHostLength,
  because: 'write <cluster>.<workload>, <cluster>.prometheus, local.prometheus, or the name of a target',
  character: /[A-Za-z0-9.]/,
})

/** An identity that hosts a target; it may be another's, so any name that is also a file name will do. */
export const hostIdentityName: TextRule = textRule({
  what: 'the name of an identity',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/,
  maxLength: 128,
  because: 'it takes letters, digits and . _ @ + - and begins with a letter or digit',
  character: /[A-Za-z0-9._@+-]/,
})

/** Why a text cannot name a target, with a better name where one offers itself; undefined when it can. */
export function checkTargetName(name: string): string | undefined {
  const fault = targetName.judge(name)
  return fault === undefined ? undefined : faultText(fault)
}

/** Why a text cannot name a cluster, with a better name where one offers itself; undefined when it can. */
export function checkClusterName(name: string): string | undefined {
  const fault = clusterName.judge(name)
  return fault === undefined ? undefined : faultText(fault)
}

/** Why a text cannot name a developer, with a better name where one offers itself; undefined when it can. */
export function checkDeveloperName(name: string): string | undefined {
  const fault = developerName.judge(name)
  return fault === undefined ? undefined : faultText(fault)
}

// "kube-a" -> "kubea"; the person's upper and lower case stays.
function withoutStrangers(value: string): string {
  return ascii(value)
    .replace(/[^A-Za-z0-9.]/g, '')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '')
}

// Letters lose their accents: "kübe" -> "kube".
function ascii(value: string): string {
  return value.normalize('NFKD').replace(/\p{M}/gu, '')
}
