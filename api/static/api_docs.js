// The API's own documentation: Swagger UI over the OpenAPI document of this host, and nothing of another.

SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: document.querySelector("#swagger-ui").dataset.document,
  deepLinking: true,
  // It would otherwise send the document to a validator of its makers.
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // A token that was typed is forgotten when the page is left.
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis],
});
