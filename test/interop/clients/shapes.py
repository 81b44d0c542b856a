"""Maps, alternatives and messages of another team by grpcio-tools."""

import math

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acme.post.v1 import parcel_pb2 as post
from interop.v1 import interop_pb2 as pb
from interop.v1 import interop_pb2_grpc as services

UNICODE = "ä€\U0001f600\x00"
SAMPLES = 10


def parcel() -> post.Parcel:
    return post.Parcel(
        size=post.Parcel.SIZE_LARGE,
        sizes=[post.Parcel.SIZE_SMALL, post.Parcel.SIZE_UNSPECIFIED, post.Parcel.SIZE_HUGE],
        labels={
            "": post.Parcel.Label(
                text=UNICODE,
                under=[post.Parcel.Label(text="a", under=[post.Parcel.Label()])],
            )
        },
        by_weight={-(2**63): post.Parcel.SIZE_LARGE, 0: post.Parcel.SIZE_HUGE},
        box=2**64 - 1,
        sent=Timestamp(seconds=-62135596800),
        seal=b"",
        stops=[-(2**63), 2**63 - 1, 0],
    )


def full() -> pb.ShapeDescribeRequest:
    return pb.ShapeDescribeRequest(
        counts={"": 0, "min": -(2**63), "max": 2**63 - 1, UNICODE: 9007199254740993},
        flags={True: bytes([0, 255, 128]), False: b""},
        names={-(2**31): "", 0: UNICODE, 2**31 - 1: "last"},
        rates={0: 0.1, 2**64 - 1: math.inf, 9007199254740993: 5e-324},
        times={
            "before": Timestamp(seconds=-1, nanos=999_000_000),
            "last": Timestamp(seconds=253402300799, nanos=999_000_000),
            "zero": Timestamp(),
        },
        parcel=parcel(),
        gift=parcel(),
        parcels=[post.Parcel(), parcel()],
        by_name={"one": post.Parcel(slot=post.Parcel.SIZE_UNSPECIFIED)},
        shades=[pb.Shade.Enum.LIGHT, pb.Shade.Enum.DARK],
    )


def shapes(channel) -> dict:
    stub = services.ShapeControllerStub(channel)
    received = [stub.Sample(pb.ShapeSampleRequest(index=index)) for index in range(SAMPLES)]
    again = [pb.ShapeDescribeRequest.FromString(each.SerializeToString()) for each in received]
    sent, first = parcel(), received[0]
    return {
        "samples": [stub.Describe(each).text for each in again],
        "built": stub.Describe(full()).text,
        "send": stub.Send(sent) == sent,
        "choices": [each.WhichOneof("choice") for each in received],
        "took": [str(received[-1].took.seconds), received[-1].took.nanos],
        "read": [
            str(first.counts[UNICODE]),
            first.flags[True].hex(),
            first.names[-(2**31)],
            str(first.rates[2**64 - 1] == math.inf),
            first.times["before"].nanos,
            list(first.gift.sizes),
            first.gift.by_weight[-(2**63)],
            str(first.parcel.box),
            first.gift.HasField("seal"),
            [str(each) for each in first.gift.stops],
        ],
    }
