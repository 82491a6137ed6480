"""Pexip's OAuth2 token endpoint (public page "authentication"): client credentials, Keycloak's words for errors."""

from typing import TYPE_CHECKING, ClassVar

from flask import Blueprint, Response, jsonify, request

from sandbox.edge import Edge
from sandbox.refusal import Record, Refusal
from sandbox.tenants import Tenant

if TYPE_CHECKING:
    from sandbox.world import World

TOKEN_SECONDS = 300  # Keycloak's default; a tenant's `token_seconds` changes it
SCOPE = "engage:appointments:readWrite engage:customers:readOnly engage:webhooks:readWrite"


class TokenEdge(Edge):
    """Another host at Pexip, so outside the API's limits, and it counts as a call of its own."""

    name = "pexip"
    prefixes: ClassVar[tuple[str, ...]] = ()

    def authenticate(self) -> Tenant:
        tenant = self.world.who(self.name, self.owner())
        if tenant is None:
            raise Refusal(404, {"error": "Realm does not exist"})
        return tenant

    def words(self, status: int, message: str) -> Record:
        words = {401: "invalid_client", 429: "too_many_requests", 500: "server_error"}
        return {"error": words.get(status, "invalid_request"), "error_description": message}

    def blueprints(self) -> list[Blueprint]:
        api = Blueprint("pexip_token", __name__, url_prefix="/pexip-auth/realms/<owner>")
        api.add_url_rule("/protocol/openid-connect/token", view_func=self.token, methods=["POST"])
        return [self.guard(api, limited=False)]

    def token(self) -> Response:
        tenant = self.caller()
        form, basic = request.form, request.authorization
        if form.get("grant_type") != "client_credentials":
            raise Refusal(400, {"error": "unsupported_grant_type", "error_description": "Unsupported grant_type"})
        sent = (form.get("client_id"), form.get("client_secret"))
        if basic is not None and basic.type == "basic":
            sent = (basic.username, basic.password)
        if sent != (tenant.credentials["client_id"], tenant.credentials["client_secret"]):
            raise self.refuse(401, "Invalid client or Invalid client credentials")
        seconds = int(tenant.options.get("token_seconds", TOKEN_SECONDS))
        return jsonify(
            {
                "access_token": tenant.issue_token(seconds),
                "expires_in": seconds,
                "refresh_expires_in": 0,
                "token_type": "Bearer",
                "not-before-policy": 0,
                "scope": SCOPE,
            }
        )


def token_blueprint(world: "World") -> Blueprint:
    return TokenEdge(world).blueprints()[0]
