(ns quintet.core
  "Servers under five patterns of threads and sockets.

  `run-server` is an adapter for Ring; `serve` is for other protocols; `spec`, `step` and `draw`
  give the machines as data."
  (:require [clojure.string :as str])
  (:import (io.quintet Pattern Quintet Server ServerBuilder ServerOption)
           (io.quintet.service AsyncHandler Handler Reply)
           (io.quintet.codec Codec Echo LengthPrefixed Line Peer Streams Streams$Writing)
           (io.quintet.http Http Http$Limits HttpRequest HttpResponse)
           (io.quintet.memcached Memcached)
           (io.quintet.resp Resp)
           (io.quintet.specs Drawing Specs)
           (java.io ByteArrayInputStream Closeable File InputStream OutputStream)
           (java.net InetSocketAddress)
           (java.nio.charset Charset StandardCharsets)
           (java.nio.file Files)
           (java.util List Map Map$Entry Optional)
           (java.util.concurrent Flow$Publisher)
           (javax.net.ssl SSLPeerUnverifiedException SSLSession)))

(set! *warn-on-reflection* true)

;; Names: :idle-timeout-millis here is idleTimeoutMillis there.

(defn- camel [k]
  (let [[first & more] (str/split (name k) #"-")]
    (apply str first (map str/capitalize more))))

(defn- kebab [^String s]
  (keyword (str/lower-case (str/replace s #"([a-z0-9])([A-Z])" "$1-$2"))))

(defn- event-name [k]
  (str/upper-case (str/replace (name k) "-" "_")))

(defn- event-keyword [^String s]
  (keyword (str/lower-case (str/replace s "_" "-"))))

(defn- option-value [v]
  (cond
    (keyword? v) (name v)
    (instance? Pattern v) (.id ^Pattern v)
    :else v))

(defn- option-name [k]
  (if (= "pattern" (name k)) "topology" (camel k)))

(defn- option-map [opts]
  (into {} (for [[k v] opts :when (some? v)] [(option-name k) (option-value v)])))

(def ^:private option-names
  (into #{} (map #(.name ^ServerOption %)) (ServerOption/all)))

(defn- in-keywords
  "A sentence about options with their names as keywords: as they were written where they were."
  [^String sentence opts]
  (let [written (into {} (for [k (keys opts)] [(option-name k) k]))
        named (fn [n] (str (get written n (if (= n "topology") :pattern (kebab n)))))
        [about list] (str/split sentence #"(?<=; the options are )" 2)]
    (str (-> about
             (str/replace #"\boption (\w+)" (fn [[_ n]] (str "option " (named n))))
             (str/replace #"(?<![:\w])[a-z0-9]+[A-Z]\w*" (fn [n] (if (option-names n) (named n) n))))
         (when list (str/join ", " (map named (str/split list #", ")))))))

(defn- data
  "Maps, lists and numbers of Java as those of Clojure."
  [x]
  (cond
    (instance? Map x) (into {} (for [[k v] x] [(if (string? k) (kebab k) k) (data v)]))
    (instance? List x) (mapv data x)
    :else x))

;; Ring

(def ^:private own-fields
  "Fields that the codec writes itself."
  #{"content-length" "transfer-encoding" "date" "connection"})

(defn- headers-of [^HttpRequest request]
  (persistent!
   (reduce (fn [headers ^Map$Entry field]
             (let [k (str/lower-case (.getKey field))
                   v (.getValue field)]
               (assoc! headers k
                       (if-let [before (get headers k)]
                         (str before (if (= k "cookie") "; " ",") v)
                         v))))
           (transient {})
           (.headers request))))

(defn- host-of
  "What the client calls the server, and the port if it says one."
  [headers]
  (let [[_ name port] (re-matches #"(\[[^\]]*\]|[^:]*)(?::([0-9]{0,5}))?" (get headers "host" ""))]
    [(when (seq name) name) (some-> port parse-long)]))

(defn- client-certificate [^SSLSession session]
  (try
    (first (.getPeerCertificates session))
    (catch SSLPeerUnverifiedException _ nil)))

(defn- address-text [^Optional address]
  (let [address (.orElse address nil)]
    (if (instance? InetSocketAddress address)
      (.getHostAddress (.getAddress ^InetSocketAddress address))
      "")))

(defn- port-of [^Optional address]
  (let [address (.orElse address nil)]
    (if (instance? InetSocketAddress address)
      (.getPort ^InetSocketAddress address)
      0)))

(defn- ring-request [^HttpRequest request]
  (let [headers (headers-of request)
        [host port] (host-of headers)
        ^Peer peer (.peer request)
        ^SSLSession session (.orElse (.session peer) nil)
        body (.body request)]
    (cond-> {:server-port (or port (port-of (.local peer)))
             :server-name (or host (address-text (.local peer)))
             :remote-addr (address-text (.address peer))
             :uri (.path request)
             :scheme (if session :https :http)
             :request-method (keyword (str/lower-case (.method request)))
             :protocol (str "HTTP/1." (.minorVersion request))
             :headers headers
             :body (ByteArrayInputStream. body)}
      (.isPresent (.query request)) (assoc :query-string (.get (.query request)))
      session (assoc :ssl-client-cert (client-certificate session)))))

(defn- charset-of ^Charset [content-type]
  (if-let [[_ name] (and content-type (re-find #"(?i)charset=\"?([^\";\s]+)" content-type))]
    (Charset/forName name)
    StandardCharsets/UTF_8))

(defn- write-by-protocol
  "Writes a body by ring.core.protocols, if that is loaded and has it, and waits until the stream is
  closed, which may happen on another thread after this one is back."
  [body response]
  (if-let [write (and (find-ns 'ring.core.protocols)
                      (resolve 'ring.core.protocols/write-body-to-stream))]
    (fn [^OutputStream out]
      (let [closed (promise)]
        (write body response
               (proxy [OutputStream] []
                 (write
                   ([b] (if (bytes? b) (.write out ^bytes b) (.write out (int b))))
                   ([b from length] (.write out ^bytes b (int from) (int length))))
                 (flush [] (.flush out))
                 (close [] (deliver closed true))))
        @closed))
    (throw (IllegalArgumentException.
            (str "the response's :body is a " (.getName (class body))
                 "; valid are String, seq, File, InputStream, bytes, Flow.Publisher, nil")))))

(defn- published [write]
  (Streams/written (reify Streams$Writing (to [_ out] (write out)))))

(defn- read-out
  "Publishes a stream, and closes it, also where nobody asks for it."
  ^Flow$Publisher [^InputStream in]
  (let [^Flow$Publisher content (published (fn [out] (with-open [in in]
                                                       (.transferTo in ^OutputStream out))))]
    (reify
      Flow$Publisher (subscribe [_ subscriber] (.subscribe content subscriber))
      Closeable (close [_] (.close in)))))

(defn- text-bytes ^bytes [body ^Charset charset]
  (.getBytes (if (string? body) ^String body ^String (apply str body)) charset))

(def ^:private file-bytes-max
  "Files up to this many bytes are sent whole, longer ones piece by piece."
  (* 64 1024))

(defn- whole
  "The bytes of a body that is there as a whole, or nil."
  ^bytes [body charset]
  (cond
    (nil? body) (byte-array 0)
    (or (string? body) (and (seq? body) (counted? body))) (text-bytes body charset)
    (bytes? body) body
    (and (instance? File body) (<= (.length ^File body) file-bytes-max))
    (Files/readAllBytes (.toPath ^File body))
    (instance? ByteArrayInputStream body) (with-open [in ^InputStream body] (.readAllBytes in))))

(defn- publisher
  "Makes a body while it is sent."
  ^Flow$Publisher [body response ^Charset charset]
  (cond
    (instance? Flow$Publisher body) body
    (instance? File body) (published (fn [out] (Files/copy (.toPath ^File body) ^OutputStream out)))
    (instance? InputStream body) (read-out body)
    (seq? body) (published (fn [^OutputStream out]
                             (doseq [part body] (.write out (.getBytes (str part) charset)))))
    :else (published (write-by-protocol body response))))

(defn- refuse [what value valid]
  (throw (IllegalArgumentException. (str what " is " (pr-str value) "; valid " valid))))

(defn- header-values
  "The values of a header; none where it is nil, as middleware leaves it."
  [k v]
  (cond
    (nil? v) nil
    (string? v) [v]
    (and (sequential? v) (every? some? v)) v
    :else (refuse (str "the response's header " k) v "are a string and a seq of strings")))

(defn- check-headers [headers]
  (when-not (or (nil? headers) (map? headers))
    (refuse "the response's :headers" headers "is a map"))
  (doseq [k (keys headers)]
    (when-not (string? k)
      (refuse "the name of a header of the response" k "is a string"))))

(defn- header-entries [headers]
  (for [[k v] headers
        :when (not (own-fields (str/lower-case k)))
        one (header-values k v)]
    (Map/entry k (str one))))

(defn- field [headers wanted]
  (some (fn [[k v]] (when (.equalsIgnoreCase ^String wanted k) (first (header-values k v))))
        headers))

(defn- length-of [headers body]
  (or (some-> (field headers "content-length") str parse-long)
      (when (instance? File body) (.length ^File body))))

(def ^:private without-content
  "Statuses whose responses have none."
  #{204 205 304})

(defn- whole-response
  "A response that is there as a whole. To HEAD, and with 304, a length that is given is announced."
  ^HttpResponse [^HttpRequest request status fields ^bytes bytes length]
  (let [made (HttpResponse/of (int status) ^List fields bytes)]
    (if (and length (zero? (alength bytes)) (or (= "HEAD" (.method request)) (= 304 status)))
      (.announcing made (long length))
      made)))

(defn- made-response
  ^HttpResponse [^HttpRequest request {:keys [status headers body] :as response}]
  (let [fields (vec (header-entries headers))
        charset (charset-of (field headers "content-type"))
        length (length-of headers body)]
    (if-let [bytes (whole body charset)]
      (whole-response request status fields bytes length)
      (if (without-content status)
        (do (when (instance? Closeable body) (.close ^Closeable body))
            (whole-response request status fields (byte-array 0) length))
        (let [content (publisher body response charset)]
          (if length
            (HttpResponse/streaming (int status) ^List fields content (long length))
            (HttpResponse/streaming (int status) ^List fields content)))))))

(defn- check-response [response]
  (when-not (map? response)
    (refuse "the handler's response" response "is a map with :status, :headers and :body"))
  (when (contains? response :ring.websocket/listener)
    (throw (IllegalArgumentException.
            (str "the response has :ring.websocket/listener, and Ring's websockets are not served;"
                 " valid is a map with :status, :headers and :body"))))
  (let [status (:status response)]
    (when-not (and (integer? status) (<= 200 status 599))
      (refuse "the response's :status" status "are 200 to 599")))
  (check-headers (:headers response)))

(defn- quintet-response
  "The response that a map stands for. Where it stands for none its body is closed."
  ^HttpResponse [request response]
  (try
    (check-response response)
    (let [made (made-response request response)]
      (if (some-> ^String (field (:headers response) "connection") (.equalsIgnoreCase "close"))
        (.endingConnection made)
        made))
    (catch Throwable failure
      (let [body (when (map? response) (:body response))]
        (when (instance? Closeable body) (.close ^Closeable body)))
      (throw failure))))

(def ^:private adapter-options
  #{:async? :max-body-bytes :max-head-bytes})

(defn- bytes-max [opts k least most otherwise]
  (let [n (get opts k otherwise)]
    (when-not (and (integer? n) (<= least n most))
      (throw (IllegalArgumentException.
              (str "option " k " is " (pr-str n) "; valid are " least " to " most))))
    (int n)))

(defn- http-codec ^Codec [opts]
  (Http/codec (Http$Limits. (bytes-max opts :max-head-bytes 64 60000 (* 16 1024))
                            (bytes-max opts :max-body-bytes 0 (- Integer/MAX_VALUE 8)
                                       (* 1024 1024)))))

(defn- late
  "A function of a request, one that takes its reply, and one that takes a failure."
  ^AsyncHandler [f]
  (reify AsyncHandler
    (handle [_ request reply]
      (f request
         (fn [value] (.send ^Reply reply value))
         (fn [failure] (.fail ^Reply reply failure))))))

(defn- start ^Server [^ServerBuilder builder opts]
  (try
    (-> builder (.options ^Map (option-map opts)) .start)
    (catch IllegalArgumentException e
      (throw (IllegalArgumentException. ^String (in-keywords (str (.getMessage e)) opts) e)))))

(defn- responder
  "What an asynchronous handler answers by. A map that stands for no response fails the request,
  whatever becomes of what is thrown to who answers."
  [request respond raise]
  (fn [response]
    (let [[made failure] (try
                           [(quintet-response request response) nil]
                           (catch Throwable failure [nil failure]))]
      (if failure (raise failure) (respond made)))))

(defn run-server
  "Starts a Ring handler and returns the server, which `with-open` can close.

  Options: `:port` (0 for a free one), `:host`, `:pattern` (`:single-thread`, `:multi-thread`,
  `:load-balanced`, `:reuseport`, `:multi-process`), `:async?` for a handler of three arguments,
  `:max-body-bytes`, `:max-head-bytes`, and every option of `options`, such
  as `:idle-timeout-millis`. The body of a request is whole. That of a response is made while it is
  sent where it is a stream, a file of more than 64 KiB, a lazy seq, written by the protocol of Ring,
  or a `java.util.concurrent.Flow$Publisher` of byte arrays."
  (^Server [handler] (run-server handler {}))
  (^Server [handler opts]
   (let [codec (http-codec opts)
         builder (if (:async? opts)
                   (Quintet/serverLater
                    codec
                    (late (fn [request respond raise]
                            (handler (ring-request request) (responder request respond raise) raise))))
                   (Quintet/server
                    codec
                    (reify Handler
                      (handle [_ request]
                        (quintet-response request (handler (ring-request request)))))))]
     (start builder (apply dissoc opts adapter-options)))))

;; Other protocols

(defn codec
  "A codec by its name: :line, :echo, :resp, :memcached, :http, :frames (behind four bytes of
  length); or the codec that is given."
  ^Codec [c]
  (case c
    :line (Line/codec)
    :echo (Echo/codec)
    :resp (Resp/codec)
    :memcached (Memcached/codec)
    :http (Http/codec)
    :frames (LengthPrefixed/of 4)
    c))

(defn serve
  "Starts a server of any protocol: `f` takes a request of the codec and returns its reply.

      (serve :line clojure.string/upper-case {:port 7000 :pattern :reuseport})"
  (^Server [c f] (serve c f {}))
  (^Server [c f opts]
   (start (Quintet/server (codec c) (reify Handler (handle [_ request] (f request)))) opts)))

(defn serve-later
  "Likewise, where `f` takes a request, a function that takes its reply, and one that takes a failure,
  of which it calls one, once, now or later."
  (^Server [c f] (serve-later c f {}))
  (^Server [c f opts]
   (start (Quintet/serverLater (codec c) (late f)) opts)))

(defn port
  "The port on which a server listens."
  [^Server server]
  (.port server))

(defn stats
  "What a server has done so far, with keyword keys."
  [^Server server]
  (data (.stats server)))

(defn explain
  "The last transitions of each connection, by its descriptor."
  [^Server server]
  (into (sorted-map) (.explain server)))

;; Specs

(defn options
  "The options of a server as data: for each its name as a key, the values that it takes, its default,
  what it does, and when a new value takes effect."
  []
  (mapv (fn [^ServerOption o]
          {:name (if (= "topology" (.name o)) :pattern (kebab (.name o)))
           :valid (.valid o)
           :default (.standard o)
           :text (.text o)
           :changes (str (.reload o))})
        (ServerOption/all)))

(defn specs
  "The names of all machines and topologies."
  []
  {:machines (mapv keyword (Specs/machineIds))
   :topologies (mapv keyword (Specs/topologyIds))})

(defn- transition [t]
  (cond-> {:target (keyword (get t "target"))}
    (get t "actions") (assoc :action (keyword (kebab (get t "actions"))))))

(defn- transitions [m]
  (into {} (for [[event t] m] [(event-keyword event) (transition t)])))

(defn- state [s]
  (cond-> {:description (get s "description")}
    (= "final" (get s "type")) (assoc :final? true)
    (get s "on") (assoc :on (transitions (get s "on")))
    (get s "after") (assoc :after (transitions (get s "after")))
    (get-in s ["meta" "interest"]) (assoc :interest (mapv event-keyword
                                                          (get-in s ["meta" "interest"])))))

(defn spec
  "A machine or a topology as data: `(spec :connection)`, `(spec :reuseport)`."
  [id]
  (let [d (Specs/data (name id))]
    (if (get d "states")
      {:id id
       :description (get d "description")
       :initial (keyword (get d "initial"))
       :states (into {} (for [[k s] (get d "states")] [(keyword k) (state s)]))}
      (data d))))

(defn step
  "Where an event leads from a state of a machine: `{:target … :action …}`, or nil if nowhere.
  A deadline is an event too: `(step (spec :connection) :idle :idle)`."
  [machine state event]
  (let [{:keys [on after]} (get-in machine [:states state])]
    (or (get on event) (get after event))))

(defn draw
  "A machine as a diagram of Mermaid."
  [machine]
  (Drawing/mermaid (Specs/machine (name (:id machine machine)))))
