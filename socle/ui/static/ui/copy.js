// A button copies what it names by data-copy, a field or a piece of text; it stays hidden where that cannot work.
(() => {
  'use strict'

  if (!navigator.clipboard) return
  const told = document.querySelector('[data-copied]')
  for (const button of document.querySelectorAll('button[data-copy]')) {
    const thing = document.getElementById(button.dataset.copy)
    if (!thing) continue
    button.hidden = false
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(thing.value ?? thing.textContent)
        if (told) told.textContent = 'C’est copié.'
        button.classList.add('is-copied')
        setTimeout(() => button.classList.remove('is-copied'), 2000)
      } catch {
        getSelection()?.selectAllChildren(thing)
        if (thing.select) thing.select()
        if (told) told.textContent = 'Le texte est choisi : copiez-le avec Ctrl et C.'
      }
    })
  }
})()
