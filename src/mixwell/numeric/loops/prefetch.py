"""Asking for memory that is needed soon, while a loop goes on with what it has."""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["prefetch"]


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(context: Any, array: Any, row: Any, column: Any) -> Any:
    """Have the processor fetch the line of an array's element, which is written to soon."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        steps = cgutils.unpack_tuple(builder, held.strides)
        parts = [builder.mul(at, step) for at, step in zip(arguments[1:], steps, strict=True)]
        data = builder.bitcast(held.data, cgutils.voidptr_t)
        place = builder.gep(data, [builder.add(*parts)])
        number, ir = cgutils.int32_t, cgutils.ir
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        called = builder.module.declare_intrinsic("llvm.prefetch", (place.type,), kind)
        builder.call(called, [place, number(1), number(3), number(1)])  # to write, near, data
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), code
