"""Our marshmallow fields as JSON Schema 2020-12, which OpenAPI 3.1 is made of."""

from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields, validate

from schemas.strict import Address, Tagged, WallTime

NAMES = {
    "Request": "AppointmentConfigRequest",
    "Shown": "AppointmentConfig",
    "Answer": "AppointmentConfigAnswer",
    "PreviewAnswer": "AppointmentConfigPreviewAnswer",
    "Answers": "AppointmentConfigList",
    "Additions": "PunctualAdditions",
    "Window": "AppointmentsQuery",
}
WALL = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


def name_of(schema: Any) -> str:
    """The component's name: the class's, or a longer one where that says too little."""
    name = (schema if isinstance(schema, type) else type(schema)).__name__
    return NAMES.get(name, name)


def plugin() -> MarshmallowPlugin:
    made = MarshmallowPlugin(schema_name_resolver=name_of)
    made.Converter = Converter
    return made


class Converter(OpenAPIConverter):
    """With the fields that apispec does not know."""

    def init_attribute_functions(self) -> None:
        super().init_attribute_functions()  # type: ignore[no-untyped-call]  # apispec is typed in parts
        self.attribute_functions += [self.tagged, self.ours]

    def schema2jsonschema(self, schema: Schema) -> dict[str, Any]:
        """A strict message takes no other key; its docstring says what it is."""
        made: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]  # the same
        said = (type(schema).__doc__ or "").strip()
        return {**made, "description": " ".join(said.split())}

    def tagged(self, field: Any, **_: Any) -> dict[str, Any]:
        """One of several objects, each a component."""
        if not isinstance(field, Tagged):
            return {}
        resolve: Any = self.resolve_nested_schema
        refs = {word: resolve(schema) for word, schema in field.variants.items()}
        mapping = {word: ref["$ref"] for word, ref in refs.items()}
        one = {"oneOf": list(refs.values()), "discriminator": {"propertyName": field.tag, "mapping": mapping}}
        if not field.others:
            return {"anyOf": [one, {"type": "null"}]} if field.allow_none else one
        others = [{"type": "object", "description": "Anything that a vendor has."}] if field.others else []
        # Beside `oneOf`, an object of any kind would match twice.
        return {"anyOf": [*refs.values(), *others, *([{"type": "null"}] if field.allow_none else [])]}

    def ours(self, field: Any, ret: dict[str, Any]) -> dict[str, Any]:
        """Examples, and what apispec puts otherwise than JSON Schema does."""
        found: dict[str, Any] = {}
        if "examples" in field.metadata:
            found["examples"] = field.metadata["examples"]
        if isinstance(field, WallTime):
            found["pattern"] = WALL
        if isinstance(field, Address):
            found["format"], found["pattern"] = "uri", "^https?://[^ ]+$"
        if "pattern" in ret:
            found["pattern"] = ret["pattern"].replace("\\Z", "$")
        sizes = [each for each in field.validators if isinstance(each, validate.Length)]
        if isinstance(field, fields.Dict) and sizes:
            found["maxProperties"] = sizes[0].max
            if field.key_field is not None:
                found["propertyNames"] = {**self.field2property(field.key_field), "type": "string"}
            for wrong in ("maxLength", "minLength"):
                ret.pop(wrong, None)
        if isinstance(field, fields.Nested) and isinstance(ret.get("type"), str) and "$ref" in ret:
            ret.pop("type")
        return found
