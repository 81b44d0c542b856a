// Maps, alternatives and messages of another team by protoc-gen-go-grpc.
package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "interop/gen"
	post "interop/post"
)

const (
	shapesUnicode = "ä€\U0001f600\x00"
	sampleCount   = 10
)

func parcel() *post.Parcel {
	return &post.Parcel{
		Size:  post.Parcel_SIZE_LARGE,
		Sizes: []post.Parcel_Size{post.Parcel_SIZE_SMALL, post.Parcel_SIZE_UNSPECIFIED, post.Parcel_SIZE_HUGE},
		Labels: map[string]*post.Parcel_Label{
			"": {Text: shapesUnicode, Under: []*post.Parcel_Label{{Text: "a", Under: []*post.Parcel_Label{{}}}}},
		},
		ByWeight: map[int64]post.Parcel_Size{math.MinInt64: post.Parcel_SIZE_LARGE, 0: post.Parcel_SIZE_HUGE},
		To:       &post.Parcel_Box{Box: math.MaxUint64},
		Sent:     &timestamppb.Timestamp{Seconds: -62135596800},
		Seal:     []byte{},
		Stops:    []int64{math.MinInt64, math.MaxInt64, 0},
	}
}

func full() *pb.ShapeDescribeRequest {
	return &pb.ShapeDescribeRequest{
		Counts: map[string]int64{"": 0, "min": math.MinInt64, "max": math.MaxInt64, shapesUnicode: 9007199254740993},
		Flags:  map[bool][]byte{true: {0, 255, 128}, false: {}},
		Names:  map[int32]string{math.MinInt32: "", 0: shapesUnicode, math.MaxInt32: "last"},
		Rates: map[uint64]float64{
			0: 0.1, math.MaxUint64: math.Inf(1), 9007199254740993: math.SmallestNonzeroFloat64,
		},
		Times: map[string]*timestamppb.Timestamp{
			"before": {Seconds: -1, Nanos: 999_000_000},
			"last":   {Seconds: 253402300799, Nanos: 999_000_000},
			"zero":   {},
		},
		Choice:  &pb.ShapeDescribeRequest_Parcel{Parcel: parcel()},
		Gift:    parcel(),
		Parcels: []*post.Parcel{{}, parcel()},
		ByName:  map[string]*post.Parcel{"one": {To: &post.Parcel_Slot{Slot: post.Parcel_SIZE_UNSPECIFIED}}},
		Shades:  []pb.Shade_Enum{pb.Shade_LIGHT, pb.Shade_DARK},
	}
}

func choice(shapes *pb.ShapesResponse) any {
	message := shapes.ProtoReflect()
	oneof := message.Descriptor().Oneofs().ByName("choice")
	if field := message.WhichOneof(oneof); field != nil {
		return string(field.Name())
	}
	return nil
}

func shapes(ctx context.Context, channel *grpc.ClientConn) map[string]any {
	client := pb.NewShapeControllerClient(channel)
	received := []*pb.ShapesResponse{}
	samples, choices := []string{}, []any{}
	for index := int32(0); index < sampleCount; index++ {
		each := must(client.Sample(ctx, &pb.ShapeSampleRequest{Index: index}))
		again := &pb.ShapeDescribeRequest{}
		if err := proto.Unmarshal(encode(each), again); err != nil {
			panic(err)
		}
		received = append(received, each)
		samples = append(samples, must(client.Describe(ctx, again)).Text)
		choices = append(choices, choice(each))
	}
	first, took := received[0], received[sampleCount-1].GetTook()
	sizes, stops := []int32{}, []string{}
	for _, size := range first.Gift.Sizes {
		sizes = append(sizes, int32(size))
	}
	for _, stop := range first.Gift.Stops {
		stops = append(stops, fmt.Sprint(stop))
	}
	infinite := map[bool]string{true: "True", false: "False"}[math.IsInf(first.Rates[math.MaxUint64], 1)]
	return map[string]any{
		"samples": samples,
		"built":   must(client.Describe(ctx, full())).Text,
		"send":    proto.Equal(must(client.Send(ctx, parcel())), parcel()),
		"choices": choices,
		"took":    []any{fmt.Sprint(took.Seconds), took.Nanos},
		"read": []any{
			fmt.Sprint(first.Counts[shapesUnicode]),
			hex.EncodeToString(first.Flags[true]),
			first.Names[math.MinInt32],
			infinite,
			first.Times["before"].Nanos,
			sizes,
			int32(first.Gift.ByWeight[math.MinInt64]),
			fmt.Sprint(first.GetParcel().GetBox()),
			first.Gift.Seal != nil,
			stops,
		},
	}
}
