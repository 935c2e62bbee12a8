// The demo practice's identity provider: the certified npm oidc-provider with two clients and synthetic people.
// Configuration is one line of JSON on standard input; one line of standard output says where it listens. It ends
// with its standard input. Demo only: passwords are shown on the page, and the "security key" is a button.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider, interactionPolicy } from 'oidc-provider'
import { answerLogin, showLogin } from './login.mjs'

const lines = createInterface({ input: process.stdin })
const config = JSON.parse((await once(lines, 'line'))[0])
const ACR_PASSWORD = config.acr_password
const ACR_SECURITY_KEY = config.acr_security_key
const people = new Map(config.people.map((person) => [person.username, person]))

async function signingKey () {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex'), alg: 'RS256', use: 'sig' }
}

// The practice installed both clients itself, so nobody is asked for consent.
function policyWithoutConsent () {
  const policy = interactionPolicy.base()
  policy.get('consent').checks.clear()
  return policy
}

async function grantEverythingAsked (ctx) {
  const { client, session, provider } = ctx.oidc
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid profile')
  await grant.save()
  return grant
}

function findAccount (ctx, username) {
  const person = people.get(username)
  if (person === undefined) return undefined
  return {
    accountId: username,
    claims: () => ({ sub: username, name: person.name, preferred_username: username })
  }
}

const clients = [
  {
    client_id: 'alcove-desktop',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback']
  },
  {
    client_id: 'alcove-page',
    client_secret: config.page_secret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: config.page_redirect_uris
  }
]

async function makeProvider (issuer) {
  const seconds = { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 8 * 3600, Grant: 8 * 3600 }
  return new Provider(issuer, {
    clients,
    findAccount,
    jwks: { keys: [await signingKey()] },
    pkce: { required: () => true },
    acrValues: [ACR_PASSWORD, ACR_SECURITY_KEY],
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], profile: ['name', 'preferred_username'] },
    // The ID token carries the name: the gateway sees nothing else of this provider.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { policy: policyWithoutConsent(), url: (ctx, interaction) => `/sign-in/${interaction.uid}` },
    loadExistingGrant: grantEverythingAsked,
    ttl: seconds,
    cookies: {
      // Cookies ignore ports: other services on this host have their own names.
      names: { session: 'alcove_demo_idp', interaction: 'alcove_demo_idp_sign_in', resume: 'alcove_demo_idp_resume' },
      keys: [randomBytes(32).toString('hex')]
    }
  })
}

async function serve () {
  let provider
  let answer
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname
    if (!path.startsWith('/sign-in/')) return answer(request, response)
    const handle = request.method === 'POST' ? answerLogin : showLogin
    handle({ provider, request, response, people, acr: { password: ACR_PASSWORD, securityKey: ACR_SECURITY_KEY } })
      .catch((error) => {
        console.error(`sign-in failed: ${error.name}`)
        if (!response.headersSent) response.writeHead(400, { 'content-type': 'text/plain' })
        response.end('This sign-in is over. Start again from the program.')
      })
  })
  await new Promise((resolve) => server.listen(config.port, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${server.address().port}`
  provider = await makeProvider(issuer)
  provider.on('server_error', (ctx, error) => console.error(`server error: ${error.name}: ${error.message}`))
  answer = provider.callback()
  lines.on('close', () => process.exit(0))
  console.log(`ready ${issuer}`)
}

await serve()
