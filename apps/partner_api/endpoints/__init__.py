"""The endpoints of the Partner API, one declaration each; `routing.MODULES` names these modules."""
