"""Who belongs to the organisation that a key or a session acts in."""

from typing import Any

from apiflask import APIBlueprint

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal
from gateway.media import needs_media_type
from gateway.organisations.members import change_role, list_members, member_document, remove_member
from gateway.organisations.schemas import MemberIn, MemberOut, MembersOut, PageQuery

blueprint = APIBlueprint("members", __name__, url_prefix="/api/v1/members", tag="Members")


@blueprint.get("")
@blueprint.auth_required(auth, roles=["organisation:read"])
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(MembersOut)
def index(query: PageQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List the members in the order they joined."""
    rows, following = list_members(current_principal(), query.limit, query.cursor)
    items = [member_document(*row) for row in rows]
    return {"items": items, "next_cursor": following}, 200, next_page_headers(following)


@blueprint.patch("/<user_id>")
@blueprint.auth_required(auth, roles=["organisation:write"])
@needs_media_type("application/json")
@blueprint.input(MemberIn, arg_name="body")
@blueprint.output(MemberOut)
@blueprint.doc(responses={409: "The last administrator", 415: ""})
def change(user_id: str, body: MemberIn) -> dict[str, Any]:
    """Give a member another role, as an administrator; their keys can do no more than it from now on."""
    return member_document(*change_role(current_principal(), user_id, body.role))


@blueprint.delete("/<user_id>")
@blueprint.auth_required(auth, roles=["account:write"])
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={409: "The last administrator"})
def remove(user_id: str) -> tuple[str, int]:
    """Remove a member, as an administrator, or leave; their keys and sessions here end at once."""
    remove_member(current_principal(), user_id)
    return "", 204
