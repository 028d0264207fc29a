"""The classifier: principal components of the traces, then a kernel machine, which exports to ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 320
CLIP = 4.0
"""Standard deviations beyond which a trace counts no more."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A fitted classifier: `scores` in numpy, `export` as ONNX."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    axes: NDArray[np.float32]
    """(traces, components)"""
    support: NDArray[np.float32]
    """(vectors, components)"""
    weight: NDArray[np.float32]
    offset: float
    width: float

    def scores(self, traces: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) signed distances, higher is more likely synthetic."""
        z = np.clip((traces - self.mean) / self.scale, -CLIP, CLIP) @ self.axes
        far = (z**2).sum(axis=1, keepdims=True) + (self.support**2).sum(axis=1) - 2 * z @ self.support.T
        return (np.exp(-self.width * far) @ self.weight + self.offset).astype(np.float32)

    def export(self, file: Path) -> None:
        """Write the ONNX graph `traces` (n, traces) to `score` (n,); large tables in half precision."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        half = {"axes": self.axes.astype(np.float16), "support": self.support.T.astype(np.float16)}
        squares = (half["support"].astype(np.float32) ** 2).sum(axis=0, keepdims=True)
        tables: dict[str, Any] = {**half, "mean": self.mean, "scale": self.scale, "squares": squares}
        tables |= {"weight": self.weight, "offset": np.float32(self.offset), "width": np.float32(-self.width)}
        tables |= {"low": np.float32(-CLIP), "high": np.float32(CLIP), "two": np.float32(2)}
        node, one = helper.make_node, np.array([1], dtype=np.int64)
        nodes = [node("Cast", [name], [f"{name}_full"], to=TensorProto.FLOAT) for name in half]
        nodes += [
            node("Sub", ["traces", "mean"], ["centred"]),
            node("Div", ["centred", "scale"], ["scaled"]),
            node("Clip", ["scaled", "low", "high"], ["clipped"]),
            node("MatMul", ["clipped", "axes_full"], ["z"]),
            node("Mul", ["z", "z"], ["z_squared"]),
            node("ReduceSum", ["z_squared", "one"], ["z_length"], keepdims=1),
            node("MatMul", ["z", "support_full"], ["alike"]),
            node("Mul", ["alike", "two"], ["alike_twice"]),
            node("Add", ["z_length", "squares"], ["lengths"]),
            node("Sub", ["lengths", "alike_twice"], ["far"]),
            node("Mul", ["far", "width"], ["exponent"]),
            node("Exp", ["exponent"], ["near"]),
            node("MatMul", ["near", "weight"], ["sum"]),
            node("Add", ["sum", "offset"], ["score"]),
        ]
        graph = helper.make_graph(
            nodes,
            "synthetic-voice",
            [helper.make_tensor_value_info("traces", TensorProto.FLOAT, ["n", len(self.mean)])],
            [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])],
            [numpy_helper.from_array(np.asarray(v), k) for k, v in {**tables, "one": one}.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        file.write_bytes(model.SerializeToString())


def fit(
    traces: NDArray[np.float32],
    fake: NDArray[np.bool_],
    weight: NDArray[np.float64],
    penalty: float = 1.0,
    width: float = 0.3,
) -> Machine:
    """A machine on (n, traces) rows; `weight` (n,) says how much each counts. Deterministic.

    `width` is of the kernel, over the variance of the rows.
    """
    from sklearn.svm import SVC

    mean, scale = traces.mean(axis=0), traces.std(axis=0) + 1e-6
    z = np.clip((traces - mean) / scale, -CLIP, CLIP)
    count = min(COMPONENTS, *z.shape)
    axes = np.linalg.eigh(z.T @ z)[1][:, ::-1][:, :count].astype(np.float32)
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(count)])
    p = z @ axes
    width = width / float(p.var(axis=0).sum())
    machine = SVC(C=penalty, gamma=width, cache_size=600).fit(p, fake, sample_weight=weight)
    return Machine(
        mean.astype(np.float32),
        scale.astype(np.float32),
        axes,
        machine.support_vectors_.astype(np.float32),
        machine.dual_coef_[0].astype(np.float32),
        float(machine.intercept_[0]),
        width,
    )
