// The certified provider, configured as ProConnect says it is: claims of its own, userinfo signed, levels asked by `claims`.
// node provider.mjs PORT REDIRECT_URI POST_LOGOUT_URI; prints « ready » when it answers.
// Its sign-in form is driven by plain HTTP: login, siret, acr and amr say who signs in, for whom, and how strongly.
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'

const [port, redirectUri, postLogoutUri] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'k1' }
const LEVELS = ['eidas1', 'eidas2']

// Whoever signed in, by `sub`: what their employer says of them now.
const people = new Map()

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'socle',
    client_secret: 'a-secret-long-enough-for-the-tests',
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [postLogoutUri],
    userinfo_signed_response_alg: 'RS256',
    id_token_signed_response_alg: 'RS256',
    token_endpoint_auth_method: 'client_secret_post'
  }],
  jwks: { keys: [jwk] },
  cookies: { keys: ['not-a-secret'] },
  acrValues: LEVELS,
  claims: {
    openid: ['sub'],
    email: ['email'],
    given_name: ['given_name'],
    usual_name: ['usual_name'],
    siret: ['siret'],
    acr: null,
    amr: null,
    auth_time: null
  },
  scopes: ['openid', 'email', 'given_name', 'usual_name', 'siret'],
  features: {
    jwtUserinfo: { enabled: true },
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true }
  },
  pkce: { required: () => true },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  // Nobody is asked for a consent: the operator gave it once, as ProConnect does.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    grant.addOIDCScope('openid email given_name usual_name siret')
    grant.addOIDCClaims(['acr', 'amr'])
    await grant.save()
    return grant
  },
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people.get(id) }) })
})

const read = (request) => new Promise((resolve) => {
  let body = ''
  request.on('data', (chunk) => { body += chunk })
  request.on('end', () => resolve(new URLSearchParams(body)))
})

const answer = provider.callback()
createServer(async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response)
  if (request.method !== 'POST') {
    response.setHeader('Content-Type', 'text/html')
    return response.end('<form method="post"><input name="login"><input name="acr"><input name="amr"><button>Oui</button></form>')
  }
  const form = await read(request)
  const email = form.get('login')
  people.set(`sub-of-${email}`, { email, given_name: 'Camille', usual_name: 'Exemple', siret: form.get('siret') })
  const result = form.has('refuse')
    ? { error: 'access_denied', error_description: 'no' }
    : { login: { accountId: `sub-of-${email}`, acr: form.get('acr') || undefined, amr: form.get('amr')?.split(' ').filter(Boolean) } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}).listen(Number(port), '127.0.0.1', () => console.log('ready'))
