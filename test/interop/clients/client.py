"""All calls of edges.proto by grpcio-tools; prints what came back as JSON."""

import hashlib
import json
import math
import sys

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from interop.v1 import interop_pb2 as pb
from interop.v1 import interop_pb2_grpc as services
from shapes import shapes

UNICODE = "a\u00e4\u20ac\U0001f600 \x00\ufeff\u202e e\u0301 \ufdfa \u4e2d\U0010ffff"


def extremes() -> pb.Edges:
    return pb.Edges(
        a_double=math.nan,
        a_float=-math.inf,
        an_int32=-(2**31),
        an_int64=-(2**63),
        a_uint32=2**32 - 1,
        a_uint64=2**64 - 1,
        a_sint32=2**31 - 1,
        a_sint64=2**63 - 1,
        a_fixed32=2**32 - 1,
        a_fixed64=2**64 - 1,
        a_sfixed32=-(2**31),
        a_sfixed64=-(2**63),
        a_bool=True,
        a_text=UNICODE,
        a_blob=bytes([0, 255, 128]),
        opt_text="",
        opt_flag=False,
        doubles=[math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1],
        longs=[9007199254740993, -1, 0, 2**63 - 1],
        texts=["", UNICODE],
        shade=pb.Shade.Enum.LIGHT,
        shades=[pb.Shade.Enum.LIGHT, pb.Shade.Enum.DARK],
    )


def failure(call) -> dict:
    try:
        list(call()) if hasattr(call, "stream") else call()
    except grpc.RpcError as error:
        found = {"code": error.code().value[0], "message": error.details()}
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            bad_request = error_details_pb2.BadRequest()
            info = error_details_pb2.ErrorInfo()
            retry = error_details_pb2.RetryInfo()
            if detail.Unpack(bad_request):
                found["violations"] = [[each.field, each.description] for each in bad_request.field_violations]
            if detail.Unpack(info):
                found["reason"] = info.reason
            if detail.Unpack(retry):
                found["retry"] = retry.retry_delay.seconds * 1000 + retry.retry_delay.nanos // 1_000_000
        return found
    return {"code": 0}


def main(address: str) -> None:
    channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", 8 << 20)])
    edges = services.EdgeControllerStub(channel)
    sent = extremes()
    found = {"describe": edges.Describe(sent).text}
    found["echo"] = edges.Echo(sent).SerializeToString() == sent.SerializeToString()
    found["zeros"] = edges.Echo(pb.Edges()).SerializeToString().hex()
    received = edges.Extremes(pb.google_dot_protobuf_dot_empty__pb2.Empty())
    found["extremes"] = received.SerializeToString().hex()
    found["unset"] = [received.HasField(name) for name in ("opt_text", "opt_number", "opt_flag")]
    found["newerShade"] = [received.shade, *received.shades]
    blob = bytes(index * 31 % 251 for index in range(3 << 20))
    answer = edges.Echo(pb.Edges(a_blob=blob)).a_blob
    found["blob"] = f"{len(answer)}:{hashlib.sha256(answer).hexdigest()}"
    found["unknownShade"] = failure(lambda: edges.Echo(pb.Edges(shade=99)))
    found["count"] = [each.n for each in edges.Count(pb.EdgeCountRequest(to=1000))] == list(range(1, 1001))
    total = edges.Sum(iter([pb.EdgeSumRequest(n=2**62)] + [pb.EdgeSumRequest(n=n) for n in range(1000)]))
    found["sum"] = [total.count, str(total.total), total.inner.name]
    found["pingPong"] = ping_pong(edges)
    found["refused"] = failure(lambda: edges.Fail(pb.EdgeFailRequest(how="fields")))
    found["busy"] = failure(lambda: edges.Fail(pb.EdgeFailRequest(how="busy")))
    seen = []
    found["broken"] = failure(lambda: [seen.append(each.n) for each in edges.Break(pb.EdgeBreakRequest(after=3))])
    found["before"] = seen
    found["shapes"] = shapes(channel)
    print(json.dumps(found))


def ping_pong(edges) -> bool:
    """The next ping is sent when the pong of the last one is there."""
    answers = []

    def pings():
        for n in range(1, 101):
            while len(answers) < n - 1:
                pass
            yield pb.EdgePingPongRequest(n=n)

    for pong in edges.PingPong(pings()):
        answers.append(pong.n)
    return answers == [-n for n in range(1, 101)]


main(sys.argv[1])
