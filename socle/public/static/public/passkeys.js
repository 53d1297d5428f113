// Passkeys. A form says what it wants by data-passkey: "create", "get" or "login"; it stays hidden where it cannot work.
(() => {
  'use strict'

  const WORDS = {
    NotAllowedError: 'Vous avez renoncé, ou l’appareil a attendu trop longtemps. Recommencez.',
    AbortError: 'Vous avez renoncé. Recommencez quand vous voudrez.',
    InvalidStateError: 'Cet appareil a déjà une clé d’accès pour votre compte.',
    NotSupportedError: 'Cet appareil ne sait pas créer de clé d’accès : essayez avec votre téléphone.',
    SecurityError: 'Les clés d’accès ne marchent qu’à l’adresse habituelle de la plateforme : vérifiez celle de cette page.',
    unknown: 'La clé d’accès n’a pas pu servir. Recommencez, ou connectez-vous autrement.'
  }

  async function optionsOf (form) {
    if (form.dataset.passkey !== 'login') {
      return JSON.parse(document.getElementById(form.dataset.options).textContent)
    }
    const answer = await fetch(form.action, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error('no options')
    return answer.json()
  }

  async function ask (form) {
    const options = await optionsOf(form)
    return form.dataset.passkey === 'create'
      ? window.webauthnJSON.create(options.creation_options)
      : window.webauthnJSON.get(options.request_options)
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if (!window.PublicKeyCredential || !window.webauthnJSON) continue
    form.hidden = false
    const told = form.querySelector('[data-passkey-told]')
    const button = form.querySelector('button[type=submit]')
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      told.hidden = true
      button.disabled = true
      try {
        form.elements.credential.value = JSON.stringify(await ask(form))
        form.submit()
      } catch (error) {
        told.textContent = WORDS[error.name] || WORDS.unknown
        told.hidden = false
        button.disabled = false
      }
    })
  }
})()
