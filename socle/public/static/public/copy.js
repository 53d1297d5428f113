// A button copies the field it names by data-copy; it stays hidden where that cannot work.
(() => {
  'use strict'

  if (!navigator.clipboard) return
  const told = document.querySelector('[data-copied]')
  for (const button of document.querySelectorAll('button[data-copy]')) {
    const field = document.getElementById(button.dataset.copy)
    button.hidden = false
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(field.value)
        told.textContent = 'C’est copié.'
      } catch {
        field.select()
        told.textContent = 'Le texte est choisi : copiez-le avec Ctrl et C.'
      }
    })
  }
})()
