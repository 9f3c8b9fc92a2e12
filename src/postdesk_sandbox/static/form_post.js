// response_mode=form_post: the browser carries the answer to the client by itself.
document.querySelector("form[data-send-at-once]").requestSubmit();
