"use strict";
// Shows the OpenAPI document; lies in a file of its own because the page's policy allows no inline script.
const place = document.getElementById("interface");
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  validatorUrl: null,
});
