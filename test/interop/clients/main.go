// All calls of edges.proto by protoc-gen-go-grpc; prints what came back as JSON.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	pb "interop/gen"
)

const unicode = "a\u00e4\u20ac\U0001f600 \x00\ufeff\u202e e\u0301 \ufdfa \u4e2d\U0010ffff"

func extremes() *pb.Edges {
	return &pb.Edges{
		ADouble: math.NaN(), AFloat: float32(math.Inf(-1)),
		AnInt32: math.MinInt32, AnInt64: math.MinInt64,
		AUint32: math.MaxUint32, AUint64: math.MaxUint64,
		ASint32: math.MaxInt32, ASint64: math.MaxInt64,
		AFixed32: math.MaxUint32, AFixed64: math.MaxUint64,
		ASfixed32: math.MinInt32, ASfixed64: math.MinInt64,
		ABool: true, AText: unicode, ABlob: []byte{0, 255, 128},
		OptText: proto.String(""), OptFlag: proto.Bool(false),
		Doubles: []float64{math.Inf(1), math.Copysign(0, -1), math.SmallestNonzeroFloat64, math.MaxFloat64, 0.1},
		Longs:   []int64{9007199254740993, -1, 0, math.MaxInt64},
		Texts:   []string{"", unicode},
		Shade:   pb.Shade_LIGHT,
		Shades:  []pb.Shade_Enum{pb.Shade_LIGHT, pb.Shade_DARK},
	}
}

func failure(err error) map[string]any {
	found := map[string]any{"code": 0}
	if err == nil {
		return found
	}
	given := status.Convert(err)
	found["code"] = int(given.Code())
	found["message"] = given.Message()
	for _, detail := range given.Details() {
		switch each := detail.(type) {
		case *errdetails.BadRequest:
			violations := [][]string{}
			for _, violation := range each.FieldViolations {
				violations = append(violations, []string{violation.Field, violation.Description})
			}
			found["violations"] = violations
		case *errdetails.ErrorInfo:
			found["reason"] = each.Reason
		case *errdetails.RetryInfo:
			found["retry"] = each.RetryDelay.AsDuration().Milliseconds()
		}
	}
	return found
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func encode(message proto.Message) []byte {
	return must(proto.MarshalOptions{Deterministic: true}.Marshal(message))
}

func main() {
	ctx := context.Background()
	channel := must(grpc.NewClient(os.Args[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(8<<20))))
	edges := pb.NewEdgeControllerClient(channel)
	found := map[string]any{}

	sent := extremes()
	found["describe"] = must(edges.Describe(ctx, sent)).Text
	found["echo"] = bytes.Equal(encode(must(edges.Echo(ctx, sent))), encode(sent))
	found["zeros"] = hex.EncodeToString(encode(must(edges.Echo(ctx, &pb.Edges{}))))
	received := must(edges.Extremes(ctx, &emptypb.Empty{}))
	found["extremes"] = hex.EncodeToString(encode(received))
	found["unset"] = []bool{received.OptText != nil, received.OptNumber != nil, received.OptFlag != nil}
	shades := []int32{int32(received.Shade)}
	for _, each := range received.Shades {
		shades = append(shades, int32(each))
	}
	found["newerShade"] = shades

	blob := make([]byte, 3<<20)
	for index := range blob {
		blob[index] = byte(index * 31 % 251)
	}
	answer := must(edges.Echo(ctx, &pb.Edges{ABlob: blob})).ABlob
	found["blob"] = fmt.Sprintf("%d:%x", len(answer), sha256.Sum256(answer))
	_, err := edges.Echo(ctx, &pb.Edges{Shade: 99})
	found["unknownShade"] = failure(err)
	found["count"] = count(must(edges.Count(ctx, &pb.EdgeCountRequest{To: 1000})))
	found["sum"] = sum(must(edges.Sum(ctx)))
	found["pingPong"] = pingPong(must(edges.PingPong(ctx)))
	_, err = edges.Fail(ctx, &pb.EdgeFailRequest{How: "fields"})
	found["refused"] = failure(err)
	_, err = edges.Fail(ctx, &pb.EdgeFailRequest{How: "busy"})
	found["busy"] = failure(err)
	broken := must(edges.Break(ctx, &pb.EdgeBreakRequest{After: 3}))
	before := []int32{}
	for {
		each, err := broken.Recv()
		if err != nil {
			found["broken"] = failure(err)
			break
		}
		before = append(before, each.N)
	}
	found["before"] = before
	found["shapes"] = shapes(ctx, channel)
	fmt.Println(string(must(json.Marshal(found))))
}

func count(stream grpc.ServerStreamingClient[pb.EdgeCountResponse]) bool {
	for expected := int32(1); ; expected++ {
		each, err := stream.Recv()
		if err == io.EOF {
			return expected == 1001
		}
		if err != nil || each.N != expected {
			return false
		}
	}
}

func sum(stream grpc.ClientStreamingClient[pb.EdgeSumRequest, pb.EdgeSumResponse]) []any {
	numbers := []int64{1 << 62}
	for n := int64(0); n < 1000; n++ {
		numbers = append(numbers, n)
	}
	for _, n := range numbers {
		if err := stream.Send(&pb.EdgeSumRequest{N: n}); err != nil {
			panic(err)
		}
	}
	total := must(stream.CloseAndRecv())
	return []any{total.Count, fmt.Sprint(total.Total), total.Inner.Name}
}

// The next ping is sent when the pong of the last one is there.
func pingPong(stream grpc.BidiStreamingClient[pb.EdgePingPongRequest, pb.EdgePingPongResponse]) bool {
	for n := int32(1); n <= 100; n++ {
		if err := stream.Send(&pb.EdgePingPongRequest{N: n}); err != nil {
			return false
		}
		if pong := must(stream.Recv()); pong.N != -n {
			return false
		}
	}
	if err := stream.CloseSend(); err != nil {
		return false
	}
	_, err := stream.Recv()
	return err == io.EOF
}
